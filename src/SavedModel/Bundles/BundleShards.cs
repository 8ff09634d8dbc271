using System.Globalization;
using Microsoft.Win32.SafeHandles;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>The data files of a checkpoint, opened as they are needed.</summary>
internal sealed class BundleShards(string prefix, int count) : IDisposable
{
    private readonly Dictionary<int, SafeFileHandle> _open = [];
    private long _bytesOpen;
    private long _bytesRead;

    public string PathOf(int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}.data-{shard:D5}-of-{count:D5}");

    /// <summary>The bytes of one entry.</summary>
    /// <exception cref="SavedModelException">The file is missing or shorter than the entry says.</exception>
    public byte[] Read(string key, BundleEntryProto entry)
    {
        if (entry.ShardId < 0 || entry.ShardId >= count)
        {
            throw new SavedModelException($"The variable '{key}' lies in data file {entry.ShardId}, but {prefix}.index "
                + $"speaks of {count}.");
        }

        var path = PathOf(entry.ShardId);
        try
        {
            var file = Open(entry.ShardId, path);
            Check(key, entry, path, RandomAccess.GetLength(file));
            var bytes = new byte[entry.Size];
            for (var done = 0; done < bytes.Length;)
            {
                var got = RandomAccess.Read(file, bytes.AsSpan(done), entry.Offset + done);
                done += got > 0 ? got : throw new EndOfStreamException($"it ends within the variable '{key}'");
            }

            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SavedModelException($"{path} cannot be read for the variable '{key}': {e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (var file in _open.Values)
        {
            file.Dispose();
        }
    }

    private SafeFileHandle Open(int shard, string path)
    {
        if (!_open.TryGetValue(shard, out var file))
        {
            file = File.OpenHandle(path);
            _open.Add(shard, file);
            _bytesOpen += RandomAccess.GetLength(file);
        }

        return file;
    }

    private void Check(string key, BundleEntryProto entry, string path, long length)
    {
        if (entry.Offset < 0 || entry.Size < 0 || entry.Offset > length || entry.Size > length - entry.Offset)
        {
            throw new SavedModelException($"{path} is truncated or its index is wrong: the variable '{key}' takes "
                + $"{entry.Size} bytes from {entry.Offset}, past the end of the file ({length} bytes).");
        }

        if (entry.Size > Array.MaxLength)
        {
            throw new SavedModelException($"The variable '{key}' takes {entry.Size} bytes; at most {Array.MaxLength} "
                + "are supported.")
            { Unsupported = true };
        }

        // Entries that share bytes would let a small file unfold into a large one.
        _bytesRead += entry.Size;
        if (_bytesRead > _bytesOpen)
        {
            throw new SavedModelException($"The variable '{key}' of {prefix}.index overlaps other variables in "
                + $"{path}.");
        }
    }
}
