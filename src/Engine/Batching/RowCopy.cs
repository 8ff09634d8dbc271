using System.Buffers.Binary;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>Rows of tensors from one block to another. Strings vary in length, so their rows are found by
/// walking.</summary>
internal static class RowCopy
{
    /// <summary>The bytes of some rows.</summary>
    public static Span<byte> Rows(Tensor tensor, int first, int rows)
    {
        if (tensor.Type == ElementType.Bytes)
        {
            var perRow = tensor.Shape.ElementCount() / Math.Max(1, tensor.Shape[0]);
            var start = Walk(tensor.Bytes, first * perRow);
            return tensor.Bytes.Slice(start, Walk(tensor.Bytes[start..], rows * perRow));
        }

        var rowBytes = tensor.ByteLength / (int)Math.Max(1, tensor.Shape[0]);
        return tensor.Bytes.Slice(first * rowBytes, rows * rowBytes);
    }

    /// <summary>Some rows as a tensor of their own.</summary>
    public static Tensor Slice(Tensor tensor, int first, int rows) => Tensor.Copy<byte>(
        TensorBlockPool.Shared, tensor.Name, tensor.Type, tensor.Shape.WithRows(rows), Rows(tensor, first, rows));

    /// <summary>Tensors one after the other along axis 0.</summary>
    public static Tensor Join(IReadOnlyList<Tensor> parts, int rows)
    {
        var length = checked(parts.Sum(part => part.ByteLength));
        var block = TensorBlockPool.Shared.Rent(length);
        var rest = block.Span(length);
        foreach (var part in parts)
        {
            part.Bytes.CopyTo(rest);
            rest = rest[part.ByteLength..];
        }

        return new Tensor(parts[0].Name, parts[0].Type, parts[0].Shape.WithRows(rows), block, length);
    }

    private static int Walk(ReadOnlySpan<byte> bytes, long elements)
    {
        var at = 0;
        for (long i = 0; i < elements; i++)
        {
            at += sizeof(uint) + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
        }

        return at;
    }
}
