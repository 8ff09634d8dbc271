using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Hosting;

/// <summary>
/// Whether rows of a signature may share an execution: the same random rows are run together and one by one. A model
/// that normalizes over its batch, or sorts it, has a first dimension of any size as every other, and would answer a
/// caller with numbers that depend on strangers' rows.
/// </summary>
internal static class RowIndependence
{
    private const int Rows = 3;
    private const int Batches = 3;
    private const float RelativeTolerance = 1e-3f;
    private const float AbsoluteTolerance = 1e-4f;

    /// <returns>
    /// False where rows depend on each other. True also where nothing can be said: sizes that vary, strings, rows that
    /// the model refuses.
    /// </returns>
    public static bool Holds(IModel model, ModelSignature signature)
    {
        var random = new Random(20_250_101);
        for (var batch = 0; batch < Batches; batch++)
        {
            var together = Draw(signature, random);
            try
            {
                if (Compare(model, signature, together) is { } same)
                {
                    if (!same)
                    {
                        return false;
                    }

                    continue;
                }

                return true;
            }
            finally
            {
                BatchTensors.Return(together);
            }
        }

        return true;
    }

    private static bool? Compare(IModel model, ModelSignature signature, Tensor[] together)
    {
        var expected = BatchTensors.Outputs(signature, Rows, buffers: null);
        try
        {
            if (model.Execute(signature, 0, together, expected) is not null
                || BatchTensors.CheckRows(signature, expected, Rows) is not null)
            {
                return null;
            }

            for (var row = 0; row < Rows; row++)
            {
                if (CompareRow(model, signature, together, expected, row) is var same && same is not true)
                {
                    return same;
                }
            }

            return true;
        }
        finally
        {
            BatchTensors.Return(expected);
        }
    }

    private static bool? CompareRow(
        IModel model, ModelSignature signature, Tensor[] together, Tensor?[] expected, int row)
    {
        Tensor[] alone = [.. together.Select(input => TensorRows.Slice(TensorBlockPool.Shared, input, row, 1))];
        var outputs = BatchTensors.Outputs(signature, 1, buffers: null);
        try
        {
            return model.Execute(signature, 0, alone, outputs) is not null ? null
                : outputs.Index().All(output => AreClose(
                    TensorRows.Bytes(expected[output.Index]!, row, 1), output.Item!.Bytes, output.Item.Type));
        }
        finally
        {
            BatchTensors.Return(alone);
            BatchTensors.Return(outputs);
        }
    }

    private static bool AreClose(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, ElementType type)
    {
        if (type != ElementType.Float32)
        {
            return type.IsFloating() || expected.SequenceEqual(actual);
        }

        var left = MemoryMarshal.Cast<byte, float>(expected);
        var right = MemoryMarshal.Cast<byte, float>(actual);
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            var tolerance = AbsoluteTolerance + (RelativeTolerance * Math.Abs(right[i]));
            if (float.IsFinite(right[i]) && !(Math.Abs(left[i] - right[i]) <= tolerance))
            {
                return false;
            }
        }

        return left.Length == right.Length;
    }

    /// <summary>Numbers from 0 to 1; whole ones are 0 or 1, which most models take for an index or a flag.</summary>
    private static Tensor[] Draw(ModelSignature signature, Random random)
    {
        var tensors = new Tensor[signature.Inputs.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            var spec = signature.Inputs[i];
            tensors[i] = Tensor.Rent(TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(Rows));
            Fill(tensors[i], random);
        }

        return tensors;
    }

    private static void Fill(Tensor tensor, Random random)
    {
        switch (tensor.Type)
        {
            case ElementType.Float32:
                foreach (ref var value in tensor.Values<float>())
                {
                    value = random.NextSingle();
                }

                break;
            case ElementType.Float64:
                foreach (ref var value in tensor.Values<double>())
                {
                    value = random.NextDouble();
                }

                break;
            case ElementType.Float16 or ElementType.BFloat16:
                tensor.Bytes.Clear();
                break;
            default:
                tensor.Bytes.Clear();
                for (var i = 0; i < tensor.ByteLength; i += tensor.Type.Size())
                {
                    tensor.Bytes[i] = (byte)random.Next(2);
                }

                break;
        }
    }
}
