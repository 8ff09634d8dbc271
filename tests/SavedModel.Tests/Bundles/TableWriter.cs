using System.Buffers.Binary;
using ScoringCluster.SavedModel.Bundles;
using Snappier;

namespace ScoringCluster.SavedModel.Tests.Bundles;

/// <summary>Writes tables for tests: blocks of so many entries each, keys shortened, compressed where asked.</summary>
internal static class TableWriter
{
    private const int RestartInterval = 4;

    public static byte[] Write(
        IEnumerable<KeyValuePair<byte[], byte[]>> entries, int entriesPerBlock, bool compress)
    {
        var file = new MemoryStream();
        var index = new List<KeyValuePair<byte[], byte[]>>();
        foreach (var block in entries.Chunk(entriesPerBlock))
        {
            index.Add(new(block[^1].Key, Append(file, Block(block, RestartInterval), compress)));
        }

        var metaindex = Append(file, Block([], RestartInterval), compress: false);
        byte[] handles = [.. metaindex, .. Append(file, Block(index, 1), compress)];
        file.Write(handles);
        file.Write(new byte[40 - handles.Length]);
        file.Write([0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
        return file.ToArray();
    }

    public static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Append(MemoryStream file, byte[] block, bool compress)
    {
        var stored = compress ? Snappy.CompressToArray(block) : block;
        byte[] withType = [.. stored, compress ? (byte)1 : (byte)0];
        byte[] handle = [.. Varint((ulong)file.Position), .. Varint((ulong)stored.Length)];
        file.Write(withType);
        file.Write(Number(Crc32C.Mask(withType)));
        return handle;
    }

    private static byte[] Block(IReadOnlyList<KeyValuePair<byte[], byte[]>> entries, int restartInterval)
    {
        var block = new MemoryStream();
        var restarts = new List<uint>();
        byte[] previous = [];
        for (var i = 0; i < entries.Count; i++)
        {
            var (key, value) = entries[i];
            var restart = i % restartInterval == 0;
            if (restart)
            {
                restarts.Add((uint)block.Position);
            }

            var shared = restart ? 0 : key.AsSpan().CommonPrefixLength(previous);
            block.Write([.. Varint((ulong)shared), .. Varint((ulong)(key.Length - shared)),
                .. Varint((ulong)value.Length), .. key[shared..], .. value]);
            previous = key;
        }

        foreach (var restart in restarts.DefaultIfEmpty(0u))
        {
            block.Write(Number(restart));
        }

        block.Write(Number((uint)Math.Max(restarts.Count, 1)));
        return block.ToArray();
    }

    private static byte[] Number(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
