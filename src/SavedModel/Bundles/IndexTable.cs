using System.Buffers.Binary;
using Snappier;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>
/// Reads <c>variables.index</c>: a sorted string table of prefix-compressed blocks, each with its own checksum
/// (TensorFlow's lib/io/table_format).
/// </summary>
internal static class IndexTable
{
    private const int FooterBytes = 48;
    private const int TrailerBytes = 5;
    private const ulong Magic = 0xdb4775248b80fb57;
    private const int UncompressedBlockBytesMax = 64 << 20;

    /// <exception cref="SavedModelException">The file is cut off, damaged or no such table; the message names
    /// it.</exception>
    public static IReadOnlyList<KeyValuePair<byte[], byte[]>> Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var name = Path.GetFileName(file);
        if (bytes.Length < FooterBytes || BinaryPrimitives
            .ReadUInt64LittleEndian(bytes.AsSpan(bytes.Length - 8)) != Magic)
        {
            throw new SavedModelException(
                $"{name} is truncated or not a checkpoint index: its last bytes are not the table's magic number.");
        }

        var footer = new Cursor(bytes, bytes.Length - FooterBytes, bytes.Length - 8, name);
        footer.Varint();
        footer.Varint();
        var index = Block(bytes, footer.Varint(), footer.Varint(), name);

        var entries = new List<KeyValuePair<byte[], byte[]>>();
        foreach (var (_, handle) in Entries(index, name))
        {
            var cursor = new Cursor(handle, 0, handle.Length, name);
            entries.AddRange(Entries(Block(bytes, cursor.Varint(), cursor.Varint(), name), name));
        }

        return entries;
    }

    private static byte[] Block(byte[] file, ulong offset, ulong size, string name)
    {
        if (size > (ulong)file.Length || offset > (ulong)file.Length - size
            || (ulong)file.Length - size - offset < TrailerBytes)
        {
            throw new SavedModelException($"{name} is corrupt: a block of {size} bytes at {offset} lies past its end.");
        }

        var withType = file.AsSpan((int)offset, (int)size + 1);
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan((int)(offset + size) + 1));
        if (Crc32C.Mask(Crc32C.Compute(withType)) != stored)
        {
            throw new SavedModelException($"{name} is corrupt: the checksum of the block at {offset} does not match.");
        }

        var block = withType[..^1];
        return withType[^1] switch
        {
            0 => block.ToArray(),
            1 => Decompress(block, name),
            var type => throw new SavedModelException(
                $"{name} is corrupt: a block has the unknown compression {type}."),
        };
    }

    private static byte[] Decompress(ReadOnlySpan<byte> block, string name)
    {
        try
        {
            if (Snappy.GetUncompressedLength(block) > UncompressedBlockBytesMax)
            {
                throw new SavedModelException(
                    $"{name} is corrupt: a block claims more than {UncompressedBlockBytesMax} bytes.");
            }

            return Snappy.DecompressToArray(block);
        }
        catch (InvalidDataException e)
        {
            throw new SavedModelException($"{name} is corrupt: a compressed block cannot be read.", e);
        }
    }

    private static IEnumerable<KeyValuePair<byte[], byte[]>> Entries(byte[] block, string name)
    {
        var restarts =
            block.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(block.Length - 4));
        if (restarts > (uint)(block.Length / 4) || (restarts + 1) * 4 > block.Length)
        {
            throw new SavedModelException($"{name} is corrupt: a block's restart points lie outside of it.");
        }

        var cursor = new Cursor(block, 0, block.Length - (int)((restarts + 1) * 4), name);
        byte[] previous = [];
        while (!cursor.AtEnd)
        {
            var shared = cursor.Varint();
            var unshared = cursor.Varint();
            var valueLength = cursor.Varint();
            if (shared > (ulong)previous.Length)
            {
                throw new SavedModelException($"{name} is corrupt: a key shares more than the key before it has.");
            }

            byte[] key = [.. previous.AsSpan(0, (int)shared), .. cursor.Take(unshared)];
            var value = cursor.Take(valueLength).ToArray();
            previous = key;
            yield return new(key, value);
        }
    }
}
