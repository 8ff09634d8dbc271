using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

/// <summary>The tensors of one execution: gathered from its parts, and scattered to them.</summary>
internal static class BatchTensors
{
    /// <summary>Rows of all parts in one tensor an input, the last row repeated up to the padded count.</summary>
    public static Tensor[] Gather(IReadOnlyList<QueuedWork> parts, int padded)
    {
        var inputs = parts[0].Request.Inputs;
        var gathered = new Tensor[inputs.Count];
        for (var i = 0; i < gathered.Length; i++)
        {
            gathered[i] = Gather(parts, i, padded);
        }

        return gathered;
    }

    private static Tensor Gather(IReadOnlyList<QueuedWork> parts, int input, int padded)
    {
        var first = parts[0].Request.Inputs[input];
        var rows = 0;
        var length = 0;
        foreach (var part in parts)
        {
            rows += part.Rows;
            length = checked(length + RowCopy.Rows(part.Request.Inputs[input], part.FirstRow, part.Rows).Length);
        }

        var last = parts[^1];
        var lastRow = RowCopy.Rows(last.Request.Inputs[input], last.FirstRow + last.Rows - 1, 1);
        length = checked(length + ((padded - rows) * lastRow.Length));
        var block = TensorBlockPool.Shared.Rent(length);
        var rest = block.Span(length);
        foreach (var part in parts)
        {
            var source = RowCopy.Rows(part.Request.Inputs[input], part.FirstRow, part.Rows);
            source.CopyTo(rest);
            rest = rest[source.Length..];
        }

        for (var row = rows; row < padded; row++)
        {
            lastRow.CopyTo(rest);
            rest = rest[lastRow.Length..];
        }

        return new Tensor(first.Name, first.Type, first.Shape.WithRows(padded), block, length);
    }

    /// <summary>Tensors for outputs whose shape is known beforehand; null for those that the engine has to
    /// make.</summary>
    public static Tensor?[] Outputs(ModelSignature signature, int rows)
    {
        var outputs = new Tensor?[signature.Outputs.Length];
        for (var i = 0; i < outputs.Length; i++)
        {
            var spec = signature.Outputs[i];
            if (signature.Batched && spec.Type != ElementType.Bytes && spec.Shape.TryGetRowElements(out _))
            {
                outputs[i] = Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows));
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

    /// <summary>Hands every part its rows. A lone, unpadded request takes the tensors as they are.</summary>
    public static void Scatter(IReadOnlyList<QueuedWork> parts, Tensor?[] outputs, int padded, TimeSpan elapsed)
    {
        if (parts.Count == 1 && (parts[0].Rows == padded || !parts[0].Request.Signature.Batched))
        {
            parts[0].Progress.Complete(parts[0].FirstRow, parts[0].Rows, [.. outputs.Select(o => o!)], elapsed);
            return;
        }

        var at = 0;
        foreach (var part in parts)
        {
            var first = at;
            part.Progress.Complete(
                part.FirstRow, part.Rows, [.. outputs.Select(o => RowCopy.Slice(o!, first, part.Rows))], elapsed);
            at += part.Rows;
        }

        Return(outputs);
    }

    public static void Return(IEnumerable<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor?.Dispose();
        }
    }
}
