using System.Buffers.Binary;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>Reads a sorted table such as <c>variables.index</c>: blocks of entries, an index block, a footer.</summary>
internal static class TableReader
{
    private const int FooterBytes = 48;
    private const ulong Magic = 0xdb4775248b80fb57;

    /// <summary>Every entry, in the order of the keys.</summary>
    /// <exception cref="InvalidDataException">The table is damaged; the message says how.</exception>
    public static List<KeyValuePair<byte[], ReadOnlyMemory<byte>>> Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < FooterBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(file.Span[^sizeof(ulong)..]) != Magic)
        {
            throw new InvalidDataException("truncated or not a table: the magic number of its footer is missing");
        }

        var footer = file.Span[^FooterBytes..];
        _ = ReadHandle(ref footer);
        var index = ReadHandle(ref footer);
        var blocks = new List<BlockHandle>();
        TableBlock.Read(TableBlock.Open(file, index), (_, value) =>
        {
            var handle = value.Span;
            blocks.Add(ReadHandle(ref handle));
        });

        var entries = new List<KeyValuePair<byte[], ReadOnlyMemory<byte>>>();
        var end = 0UL;
        foreach (var block in blocks)
        {
            // Blocks that overlap would let a small file unfold into a large one.
            if (block.Offset < end)
            {
                throw new InvalidDataException("corrupt: two blocks overlap");
            }

            TableBlock.Read(TableBlock.Open(file, block), (key, value) => entries.Add(new(key.ToArray(), value)));
            end = block.Offset + block.Size;
        }

        return entries;
    }

    private static BlockHandle ReadHandle(ref ReadOnlySpan<byte> bytes)
    {
        var offset = Varint.Read(ref bytes);
        return new BlockHandle(offset, Varint.Read(ref bytes));
    }
}
