using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

/// <summary>The tensors of one execution: gathered from its parts, and scattered to them.</summary>
internal static class BatchTensors
{
    /// <summary>Rows of all parts in one tensor an input, the last row repeated up to the padded count.</summary>
    public static Tensor[] Gather(List<QueuedWork> parts, int padded, SlotBuffers buffers)
    {
        var specs = parts[0].Group.Signature.Inputs;
        var gathered = new Tensor[specs.Length];
        for (var i = 0; i < gathered.Length; i++)
        {
            gathered[i] = Gather(parts, i, padded, specs[i], buffers);
        }

        return gathered;
    }

    private static Tensor Gather(
        List<QueuedWork> parts, int input, int padded, TensorSpec spec, SlotBuffers buffers)
    {
        var rows = 0;
        var length = 0;
        foreach (var part in parts)
        {
            rows += part.Rows;
            length = checked(length + TensorRows.Bytes(part.Request.Inputs[input], part.FirstRow, part.Rows).Length);
        }

        var last = parts[^1];
        var lastRow = TensorRows.Bytes(last.Request.Inputs[input], last.FirstRow + last.Rows - 1, 1);
        length = checked(length + ((padded - rows) * lastRow.Length));
        var gathered = buffers.Take(spec, parts[0].Request.Inputs[input].Shape, padded, length);
        var rest = gathered.Bytes;
        foreach (var part in parts)
        {
            var source = TensorRows.Bytes(part.Request.Inputs[input], part.FirstRow, part.Rows);
            source.CopyTo(rest);
            rest = rest[source.Length..];
        }

        for (var row = rows; row < padded; row++)
        {
            lastRow.CopyTo(rest);
            rest = rest[lastRow.Length..];
        }

        return gathered;
    }

    /// <summary>Tensors for outputs whose shape is known beforehand; null for those that the engine has to
    /// make.</summary>
    /// <param name="buffers">Where they lie when they are only copied from; null when a caller gets them.</param>
    public static Tensor?[] Outputs(ModelSignature signature, int rows, SlotBuffers? buffers)
    {
        var outputs = new Tensor?[signature.Outputs.Length];
        for (var i = 0; i < outputs.Length; i++)
        {
            var spec = signature.Outputs[i];
            if (signature.Batched && spec.Type != ElementType.Bytes
                && spec.Shape.TryGetRowElements(out var rowElements))
            {
                outputs[i] = buffers?.Take(
                    spec, spec.Shape, rows, checked((int)(rowElements * rows * spec.Type.Size())))
                        ?? Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows));
            }
        }

        return outputs;
    }

    /// <summary>A model that answers with more or fewer rows than it got must not shift answers to other
    /// callers.</summary>
    public static EngineFault? CheckRows(ModelSignature signature, ReadOnlySpan<Tensor?> outputs, int rows)
    {
        foreach (var output in outputs)
        {
            if (signature.Batched && (output!.Shape.Rank == 0 || output.Shape[0] != rows))
            {
                return new EngineFault($"The output has the shape {output.Shape} for {rows} rows.", output.Name);
            }
        }

        return null;
    }

    /// <summary>A part's rows, <paramref name="first"/> in the batch, as tensors of its own.</summary>
    public static ImmutableArray<Tensor> Slice(ReadOnlySpan<Tensor?> outputs, int first, int rows)
    {
        var sliced = new Tensor[outputs.Length];
        for (var i = 0; i < sliced.Length; i++)
        {
            sliced[i] = TensorRows.Slice(TensorBlockPool.Shared, outputs[i]!, first, rows);
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(sliced);
    }

    /// <summary>Bytes of all tensors together.</summary>
    public static long Bytes(ImmutableArray<Tensor> tensors)
    {
        var bytes = 0L;
        foreach (var tensor in tensors)
        {
            bytes += tensor.ByteLength;
        }

        return bytes;
    }

    public static void Return(ImmutableArray<Tensor> tensors) => Return(tensors.AsSpan());

    public static void Return(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor?.Dispose();
        }
    }
}
