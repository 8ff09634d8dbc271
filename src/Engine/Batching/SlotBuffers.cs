using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The memory that one slot gathers a model's batches in, and has their outputs written to: allocated for the largest
/// batch, so that an execution allocates nothing and the engine sees the same addresses again, and given back when the
/// slot is idle. Tensors of unknown size come from the pool, for one execution. Used by the thread that has the slot.
/// </summary>
internal sealed class SlotBuffers(int rowsMax) : IDisposable
{
    /// <summary>Bytes of one buffer that a slot keeps; larger ones are rented for each execution.</summary>
    private const long KeptBytesMax = 64L << 20;

    private readonly Dictionary<TensorSpec, TensorBlock> _kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// A place for <paramref name="byteLength"/> bytes, contents undefined; <see cref="Return"/> follows.
    /// </summary>
    public Tensor Take(TensorSpec spec, TensorShape shape, int byteLength)
    {
        if (!_kept.TryGetValue(spec, out var block) && KeptBytes(spec) is { } bytes)
        {
            _kept.Add(spec, block = TensorBlockPool.Shared.Rent(bytes));
        }

        return block is null || byteLength > block.Capacity
            ? new Tensor(spec.Name, spec.Type, shape, TensorBlockPool.Shared.Rent(byteLength), byteLength)
            : new Tensor(spec.Name, spec.Type, shape, block, byteLength);
    }

    /// <summary>Gives back what was rented; what is kept stays.</summary>
    public void Return(ReadOnlySpan<TensorSpec> specs, ReadOnlySpan<Tensor?> tensors)
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            if (tensors[i] is { } tensor && !ReferenceEquals(_kept.GetValueOrDefault(specs[i]), tensor.Block))
            {
                tensor.Dispose();
            }
        }
    }

    /// <summary>Gives back what is kept; the next batch takes it anew.</summary>
    public void Dispose()
    {
        foreach (var block in _kept.Values)
        {
            block.Dispose();
        }

        _kept.Clear();
    }

    private int? KeptBytes(TensorSpec spec)
    {
        if (spec.Type == ElementType.Bytes || !spec.Shape.TryGetRowElements(out var elements)
            || elements > KeptBytesMax)
        {
            return null;
        }

        var bytes = elements * spec.Type.Size() * rowsMax;
        return bytes <= KeptBytesMax ? (int)bytes : null;
    }
}
