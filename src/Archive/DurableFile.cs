using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive;

/// <summary>Files that are whole or absent, also after a power cut: written aside, synced, then named.</summary>
internal static class DurableFile
{
    /// <summary>Writes a file aside in the job's temporary folder and syncs it.</summary>
    /// <returns>Its temporary path.</returns>
    public static async Task<string> WriteAsideAsync(
        JobFolder folder, string finalPath, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var aside = folder.Aside(finalPath);
        await using var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        await stream.WriteAsync(bytes, cancellationToken);
        stream.Flush(flushToDisk: true);
        return aside;
    }

    /// <summary>Names a file that lies aside, over whatever has the name.</summary>
    public static void Replace(string aside, string finalPath)
    {
        File.Move(aside, finalPath, overwrite: true);
        Posix.SyncFolder(Path.GetDirectoryName(finalPath)!);
    }

    /// <summary>Names a file that lies aside where nothing has the name; it lies aside no more either way.</summary>
    /// <returns>False where the name exists.</returns>
    public static bool TryPublish(string aside, string finalPath)
    {
        var published = Posix.TryLink(aside, finalPath);
        Posix.SyncFolder(Path.GetDirectoryName(finalPath)!);
        File.Delete(aside);
        return published;
    }

    public static async Task ReplaceJsonAsync<T>(
        JobFolder folder, string finalPath, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        Replace(await WriteAsideAsync(folder, finalPath, Json(value, type), cancellationToken), finalPath);

    public static byte[] Json<T>(T value, JsonTypeInfo<T> type) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];

    /// <summary>Null where the file is not there.</summary>
    /// <exception cref="InvalidDataException">The file is not what the project writes.</exception>
    public static async Task<T?> ReadJsonAsync<T>(
        string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            return JsonSerializer.Deserialize(bytes, type) ?? throw new InvalidDataException($"'{path}' is empty.");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{path}' is damaged: {exception.Message}", exception);
        }
    }

    public static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
