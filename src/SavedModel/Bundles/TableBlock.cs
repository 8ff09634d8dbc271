using System.Buffers.Binary;
using Snappier;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>One block of a table: sorted entries whose keys leave out what they share with the key before.</summary>
internal static class TableBlock
{
    /// <summary>After a block's contents: one byte for the compression, four for the checksum.</summary>
    public const int TrailerBytes = 5;

    private const byte Plain = 0;
    private const byte SnappyCompressed = 1;

    /// <summary>Snappy's densest element makes 64 bytes out of 3; what claims more is damaged.</summary>
    private const int SnappyRatioMax = 32;

    /// <summary>The contents of a stored block, checked and decompressed.</summary>
    public static ReadOnlyMemory<byte> Open(ReadOnlyMemory<byte> file, BlockHandle handle)
    {
        if (handle.Offset > (ulong)file.Length
            || handle.Size > (ulong)file.Length - handle.Offset
            || (ulong)file.Length - handle.Offset - handle.Size < TrailerBytes)
        {
            throw new InvalidDataException($"corrupt: a block at {handle.Offset} of {handle.Size} bytes lies past the "
                + $"end ({file.Length} bytes)");
        }

        var stored = file.Slice((int)handle.Offset, (int)handle.Size);
        var withType = file.Slice((int)handle.Offset, (int)handle.Size + 1).Span;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(file.Span[((int)handle.Offset + withType.Length)..]);
        if (Crc32C.Mask(withType) != checksum)
        {
            throw new InvalidDataException($"corrupt: the checksum of the block at {handle.Offset} does not match");
        }

        return withType[^1] switch
        {
            Plain => stored,
            SnappyCompressed => Decompress(stored.Span),
            var other => throw new InvalidDataException($"corrupt: a block has the unknown compression {other}"),
        };
    }

    /// <summary>Calls <paramref name="visit"/> with each key and value in order.</summary>
    public static void Read(ReadOnlyMemory<byte> block, Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> visit)
    {
        if (block.Length < sizeof(uint))
        {
            throw new InvalidDataException("corrupt: a block is shorter than its restart count");
        }

        var restarts = BinaryPrimitives.ReadUInt32LittleEndian(block.Span[^sizeof(uint)..]);
        if (restarts > (block.Length - sizeof(uint)) / sizeof(uint))
        {
            throw new InvalidDataException($"corrupt: a block of {block.Length} bytes claims {restarts} restarts");
        }

        var entries = block[..(block.Length - (sizeof(uint) * ((int)restarts + 1)))];
        var key = Array.Empty<byte>();
        while (entries.Length > 0)
        {
            var rest = entries.Span;
            var shared = Varint.Read(ref rest);
            var unshared = Varint.Read(ref rest);
            var valueLength = Varint.Read(ref rest);
            if (shared > (ulong)key.Length || unshared > (ulong)rest.Length
                || valueLength > (ulong)rest.Length - unshared)
            {
                throw new InvalidDataException("corrupt: an entry reaches past the end of its block");
            }

            key = [.. key.AsSpan(0, (int)shared), .. rest[..(int)unshared]];
            entries = entries[^rest.Length..][(int)unshared..];
            visit(key, entries[..(int)valueLength]);
            entries = entries[(int)valueLength..];
        }
    }

    private static byte[] Decompress(ReadOnlySpan<byte> stored)
    {
        var length = Snappy.GetUncompressedLength(stored);
        return length >= 0 && length <= (long)stored.Length * SnappyRatioMax
            ? Snappy.DecompressToArray(stored)
            : throw new InvalidDataException($"corrupt: a block of {stored.Length} bytes claims {length} bytes");
    }
}

/// <summary>Where a block lies; its trailer is not part of the size.</summary>
internal readonly record struct BlockHandle(ulong Offset, ulong Size);
