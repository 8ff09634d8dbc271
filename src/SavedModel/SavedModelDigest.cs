using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ScoringCluster.SavedModel.Files;

namespace ScoringCluster.SavedModel;

/// <summary>
/// The identity of a model's files. The digest is the SHA-256, in lower-case hexadecimal, of one line
/// <c>sha256 size path</c> (separated by single spaces, ended by a line feed, UTF-8) for each file under the folder,
/// sorted by path ordinally, where the path is relative with forward slashes and the file's own SHA-256 is in
/// lower-case hexadecimal. <c>digests.json</c> holds the same and is left out itself.
/// </summary>
public static class SavedModelDigest
{
    /// <summary>The file in the model's folder that lists all others; written last.</summary>
    public const string FileName = "digests.json";

    /// <summary>
    /// The digest of the model in <paramref name="folder"/>: as <c>digests.json</c> says where it is there and the
    /// files' names and sizes agree with it, else computed from every byte.
    /// </summary>
    /// <exception cref="SavedModelException"><c>digests.json</c> is damaged or does not fit the files.</exception>
    public static string Digest(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return Compute(folder);
        }

        var stored = Read(path);
        return stored.Files.Select(file => (file.Path, file.Size)).SequenceEqual(Present(folder))
            ? stored.Digest
            : throw new SavedModelException($"{path} lists other files or sizes than the folder holds: the model was "
                + "changed after it was published.");
    }

    /// <summary>The digest from every byte of the files, whatever <c>digests.json</c> says.</summary>
    /// <exception cref="SavedModelException">A file cannot be read.</exception>
    public static string Compute(string folder, CancellationToken cancellationToken = default) =>
        Hash(folder, cancellationToken).Digest;

    /// <summary>Hashes every file, whatever <c>digests.json</c> says.</summary>
    /// <exception cref="SavedModelException">A file cannot be read.</exception>
    public static ModelDigests Hash(string folder, CancellationToken cancellationToken = default)
    {
        var files = Reading(folder, () => Names(folder).Select(name =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return HashOf(folder, name);
        }).ToArray());
        return new ModelDigests(files, DigestOf(files));
    }

    /// <summary>Writes <c>digests.json</c> for the files as they are and returns the digest.</summary>
    public static string Write(string folder)
    {
        var digests = Hash(folder);
        var path = Path.Combine(folder, FileName);
        var json = JsonSerializer.SerializeToUtf8Bytes(digests, DigestsJson.Default.ModelDigests);
        File.WriteAllBytes(path + ".new", json);
        File.Move(path + ".new", path, overwrite: true);
        return digests.Digest;
    }

    private static ModelDigests Read(string path)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(File.ReadAllBytes(path), DigestsJson.Default.ModelDigests);
            if (stored?.Files is not null && stored.Digest == DigestOf(stored.Files))
            {
                return stored;
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SavedModelException($"{path} cannot be read: {e.Message}", e);
        }

        throw new SavedModelException($"{path} is corrupt: its digest is not that of the files that it lists.");
    }

    /// <summary>Links to folders are not followed: they may lead out of the model or in circles.</summary>
    private static IEnumerable<string> Names(string folder) => new FileSystemEnumerable<string>(
        folder,
        (ref entry) => Path.GetRelativePath(folder, entry.ToFullPath()).Replace(Path.DirectorySeparatorChar, '/'),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
    {
        ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
    }
        .Where(name => name != FileName)
        .Order(StringComparer.Ordinal);

    private static (string Path, long Size)[] Present(string folder) => Reading(folder, () => Names(folder)
        .Select(name => (name, new FileInfo(Path.Combine(folder, name)).Length))
        .ToArray());

    private static T Reading<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SavedModelException($"The files of {folder} cannot be read: {e.Message}", e);
        }
    }

    private static FileDigest HashOf(string folder, string name)
    {
        using var file = File.OpenRead(Path.Combine(folder, name));
        var length = file.Length;
        return new FileDigest(name, length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private static string DigestOf(IEnumerable<FileDigest> files)
    {
        var lines = string.Concat(files.Select(file =>
            string.Create(CultureInfo.InvariantCulture, $"{file.Sha256} {file.Size} {file.Path}\n")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
    }
}
