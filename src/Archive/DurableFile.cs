using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ScoringCluster.Archive;

/// <summary>
/// Files that are whole or absent, also after a power cut: written aside (under a name of its own, in the same file
/// system), synced, then named.
/// </summary>
internal static class DurableFile
{
    /// <summary>Writes a file that has no final name yet, and syncs it.</summary>
    public static async Task WriteAsideAsync(
        string aside, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        await stream.WriteAsync(bytes, cancellationToken);
        stream.Flush(flushToDisk: true);
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
        string aside, string finalPath, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        await WriteAsideAsync(aside, Json(value, type), cancellationToken);
        Replace(aside, finalPath);
    }

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
