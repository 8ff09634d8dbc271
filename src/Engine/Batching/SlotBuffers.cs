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

    private readonly Dictionary<TensorSpec, Kept> _kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// A place for <paramref name="byteLength"/> bytes, contents undefined; <see cref="Return"/> follows.
    /// </summary>
    /// <param name="shape">With any number of rows.</param>
    /// <param name="rows">Instead of the shape's.</param>
    public Tensor Take(TensorSpec spec, TensorShape shape, int rows, int byteLength)
    {
        if (!_kept.TryGetValue(spec, out var kept) && KeptBytes(spec) is { } bytes)
        {
            _kept.Add(spec, kept = new Kept(TensorBlockPool.Shared.Rent(bytes)));
        }

        if (kept is null || byteLength > kept.Block.Capacity)
        {
            return new Tensor(
                spec.Name, spec.Type, shape.WithRows(rows), TensorBlockPool.Shared.Rent(byteLength), byteLength);
        }

        // A block is kept for rows of one shape, so that rows and bytes say all.
        return kept.Last is { } last && last.ByteLength == byteLength && last.Shape[0] == rows ? last
            : kept.Last = new Tensor(spec.Name, spec.Type, shape.WithRows(rows), kept.Block, byteLength);
    }

    /// <summary>Gives back what was rented; what is kept stays.</summary>
    public void Return(ReadOnlySpan<TensorSpec> specs, ReadOnlySpan<Tensor?> tensors)
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            if (tensors[i] is { } tensor && !ReferenceEquals(_kept.GetValueOrDefault(specs[i])?.Block, tensor.Block))
            {
                tensor.Dispose();
            }
        }
    }

    /// <summary>Gives back what is kept; the next batch takes it anew.</summary>
    public void Dispose()
    {
        foreach (var kept in _kept.Values)
        {
            kept.Block.Dispose();
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

    private sealed class Kept(TensorBlock block)
    {
        public TensorBlock Block { get; } = block;

        /// <summary>The block as it was taken last: most batches are of the same size as the one before.</summary>
        public Tensor? Last { get; set; }
    }
}
