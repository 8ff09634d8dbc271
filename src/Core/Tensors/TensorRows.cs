using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ScoringCluster.Core;

/// <summary>
/// Entries along axis 0 of tensors, from one block to another. Strings vary in length, so their rows are found by
/// walking.
/// </summary>
public static class TensorRows
{
    /// <summary>The bytes of some rows.</summary>
    public static Span<byte> Bytes(Tensor tensor, int first, int rows)
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

    /// <summary>One row of zeros of each; the caller's.</summary>
    /// <param name="specs">All with <see cref="TensorSpec.HasFixedRows"/>.</param>
    public static Tensor[] Zeros(TensorBlockPool pool, IEnumerable<TensorSpec> specs)
    {
        Tensor[] tensors =
            [.. specs.Select(spec => Tensor.Rent(pool, spec.Name, spec.Type, spec.Shape.WithRows(1)))];
        Array.ForEach(tensors, tensor => tensor.Bytes.Clear());
        return tensors;
    }

    /// <summary>A copy of some rows as a tensor of their own.</summary>
    public static Tensor Slice(TensorBlockPool pool, Tensor tensor, int first, int rows) => Tensor.Copy<byte>(
        pool, tensor.Name, tensor.Type, tensor.Shape.WithRows(rows), Bytes(tensor, first, rows));

    /// <summary>
    /// Answers to consecutive rows of one request, put together: output by output, one after the other along axis 0.
    /// The parts' tensors are returned.
    /// </summary>
    /// <param name="parts">Each with the same outputs in the same order.</param>
    /// <param name="rows">Rows of all parts together.</param>
    /// <param name="ragged">The output whose rows differ in shape between the parts, where one does.</param>
    /// <returns>Nothing where there is a ragged output.</returns>
    /// <exception cref="OverflowException">An output has 2 GiB or more.</exception>
    public static ImmutableArray<Tensor> Join(
        TensorBlockPool pool, ReadOnlySpan<ImmutableArray<Tensor>> parts, int rows, out string? ragged)
    {
        try
        {
            ragged = Ragged(parts);
            return ragged is null ? Join(pool, parts, rows) : [];
        }
        finally
        {
            foreach (var part in parts)
            {
                foreach (var tensor in part)
                {
                    tensor.Dispose();
                }
            }
        }
    }

    private static ImmutableArray<Tensor> Join(
        TensorBlockPool pool, ReadOnlySpan<ImmutableArray<Tensor>> parts, int rows)
    {
        var joined = new Tensor[parts[0].Length];
        try
        {
            for (var i = 0; i < joined.Length; i++)
            {
                joined[i] = Join(pool, parts, i, rows);
            }

            return ImmutableCollectionsMarshal.AsImmutableArray(joined);
        }
        catch
        {
            Array.ForEach(joined, tensor => tensor?.Dispose());
            throw;
        }
    }

    private static string? Ragged(ReadOnlySpan<ImmutableArray<Tensor>> parts)
    {
        for (var i = 0; i < parts[0].Length; i++)
        {
            foreach (var part in parts)
            {
                if (!part[i].Shape.Dimensions[1..].SequenceEqual(parts[0][i].Shape.Dimensions[1..]))
                {
                    return part[i].Name;
                }
            }
        }

        return null;
    }

    private static Tensor Join(
        TensorBlockPool pool, ReadOnlySpan<ImmutableArray<Tensor>> parts, int output, int rows)
    {
        var length = 0;
        foreach (var part in parts)
        {
            length = checked(length + part[output].ByteLength);
        }

        var block = pool.Rent(length);
        var rest = block.Span(length);
        foreach (var part in parts)
        {
            part[output].Bytes.CopyTo(rest);
            rest = rest[part[output].ByteLength..];
        }

        var first = parts[0][output];
        return new Tensor(first.Name, first.Type, first.Shape.WithRows(rows), block, length);
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
