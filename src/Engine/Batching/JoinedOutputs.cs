using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The outputs of a request that executes in several parts, put together in the order of its rows: each part is copied
/// to its place where the size of a row is known beforehand, else all are joined at the end. Not thread-safe.
/// </summary>
internal sealed class JoinedOutputs(ModelSignature signature, int rows, int parts, TensorBlockPool pool)
{
    private readonly bool _hasFixedRows = HasFixedRows(signature);
    private Tensor?[]? _whole;
    private ImmutableArray<Tensor>[]? _parts;

    /// <param name="batch">Outputs of the part's execution, still the execution's.</param>
    /// <param name="at">The part's first row there.</param>
    /// <exception cref="OverflowException">The answer has 2 GiB or more.</exception>
    public void Add(QueuedWork part, ReadOnlySpan<Tensor?> batch, int at)
    {
        if (!_hasFixedRows)
        {
            (_parts ??= new ImmutableArray<Tensor>[parts])[part.Index] = BatchTensors.Slice(batch, at, part.Rows);
            return;
        }

        _whole ??= new Tensor?[batch.Length];
        for (var i = 0; i < batch.Length; i++)
        {
            var source = batch[i]!;
            var whole = _whole[i] ??= Tensor.Rent(pool, source.Name, source.Type, source.Shape.WithRows(rows));
            TensorRows.Bytes(source, at, part.Rows).CopyTo(TensorRows.Bytes(whole, part.FirstRow, part.Rows));
        }
    }

    /// <summary>After the last part: all rows, the caller's from here on.</summary>
    /// <param name="ragged">The output whose rows differ in shape between the parts, where one does.</param>
    /// <exception cref="OverflowException">The answer has 2 GiB or more.</exception>
    public ImmutableArray<Tensor> Take(out string? ragged)
    {
        ragged = null;
        if (_parts is { } joining)
        {
            _parts = null;
            return TensorRows.Join(pool, joining, rows, out ragged);
        }

        var whole = _whole!;
        _whole = null;
        return ImmutableCollectionsMarshal.AsImmutableArray<Tensor>(whole!);
    }

    /// <summary>Gives back what was collected and nobody took.</summary>
    public void Return()
    {
        BatchTensors.Return(_whole ?? []);
        foreach (var outputs in _parts ?? [])
        {
            if (!outputs.IsDefault)
            {
                BatchTensors.Return(outputs);
            }
        }

        (_whole, _parts) = (null, null);
    }

    private static bool HasFixedRows(ModelSignature signature)
    {
        foreach (var output in signature.Outputs)
        {
            if (!output.HasFixedRows)
            {
                return false;
            }
        }

        return true;
    }
}
