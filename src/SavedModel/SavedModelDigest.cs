using System.Security.Cryptography;
using System.Text;

namespace ScoringCluster.SavedModel;

/// <summary>
/// A model's identity: SHA-256 over one line a file, <c>sha256 size path</c>, sorted by path. <c>digests.json</c>
/// itself
/// is left out, since it states the digest.
/// </summary>
public static class SavedModelDigest
{
    /// <summary>The file of a published version that states digests.</summary>
    public const string FileName = "digests.json";

    /// <summary>Reads every file of the folder.</summary>
    /// <returns>Lower-case hexadecimal.</returns>
    public static string Compute(string folder, CancellationToken cancellationToken = default)
    {
        var lines = new StringBuilder();
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => (file, path: Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .Where(x => x.path != FileName)
            .OrderBy(x => x.path, StringComparer.Ordinal);
        foreach (var (file, path) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stream = File.OpenRead(file);
            lines.Append(Convert.ToHexStringLower(SHA256.HashData(stream))).Append(' ').Append(stream.Length)
                .Append(' ').Append(path).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }
}
