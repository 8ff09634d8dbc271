using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orleans.Storage;

namespace ScoringCluster.ServiceDefaults.State;

/// <summary>
/// Grain state as JSON files, one a grain. The ETag is the content's hash: a writer that has not seen the newest
/// content is refused. Files are replaced whole, so that a crash leaves the old or the new state, never half of one.
/// Silos of one machine share the folder: a file beside each one is the lock of its writers.
/// </summary>
internal sealed class FileGrainStorage(StateFolder folder, TimeProvider time) : IGrainStorage
{
    private static readonly TimeSpan _lockCheck = TimeSpan.FromMilliseconds(10);

    /// <summary>A write takes milliseconds: who waits longer waits for a process that hangs.</summary>
    private static readonly TimeSpan _lockPatience = TimeSpan.FromSeconds(10);

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var path = PathOf(stateName, grainId);
        if (await ReadAsync(path) is { } bytes)
        {
            grainState.State = Parse<T>(bytes, path);
            grainState.ETag = Hash(bytes);
            grainState.RecordExists = true;
        }
        else
        {
            Reset(grainState);
        }
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(grainState.State);
        await ChangeAsync(stateName, grainId, grainState, path => Replace(path, bytes));
        grainState.ETag = Hash(bytes);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await ChangeAsync(stateName, grainId, grainState, path =>
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        });
        Reset(grainState);
    }

    /// <summary>Compares and changes as one: no other writer, of any process, comes between.</summary>
    private async Task ChangeAsync<T>(
        string stateName, GrainId grainId, IGrainState<T> grainState, Action<string> change)
    {
        var path = PathOf(stateName, grainId);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var held = await LockAsync(path + ".lock");
        var stored = await ReadAsync(path) is { } bytes ? Hash(bytes) : null;
        if (stored != grainState.ETag)
        {
            throw new InconsistentStateException(
                $"State '{stateName}' of {grainId} was changed by somebody else.", stored, grainState.ETag);
        }

        change(path);
    }

    private async Task<FileStream> LockAsync(string path)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && time.GetElapsedTime(started) < _lockPatience)
            {
                await Task.Delay(_lockCheck, time);
            }
        }
    }

    private static void Replace(string path, byte[] bytes)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static async Task<byte[]?> ReadAsync(string path) =>
        File.Exists(path) ? await File.ReadAllBytesAsync(path) : null;

    private static T Parse<T>(byte[] bytes, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(bytes) ?? throw new JsonException("It holds null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"The state file {path} is damaged: {e.Message} Restore it, or remove it to begin without.", e);
        }
    }

    private static void Reset<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Keys may hold any character: the file's name is a hash, with the readable part in front.</summary>
    private string PathOf(string stateName, GrainId grainId)
    {
        var text = grainId.ToString();
        var readable = new string([.. text.Where(char.IsAsciiLetterOrDigit).Take(40)]);
        var name = $"{readable}-{Hash(Encoding.UTF8.GetBytes(text))[..16]}.json";
        return Path.Combine(folder.Path, "grains", stateName, name);
    }
}
