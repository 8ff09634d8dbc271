using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// A part of a request that fits one execution; most requests are one part. It is owned by the queue until a slot
/// takes it, and ends exactly once.
/// </summary>
internal sealed class QueuedWork(
    BatchRequest request, RequestProgress progress, int firstRow, int rows, long bytes, BatchGroup group)
{
    public BatchRequest Request { get; } = request;

    public RequestProgress Progress { get; } = progress;

    /// <summary>The first of the request's rows that this part has.</summary>
    public int FirstRow { get; } = firstRow;

    public int Rows { get; } = rows;

    public long Bytes { get; } = bytes;

    /// <summary>Parts of one group may share an execution.</summary>
    public BatchGroup Group { get; } = group;

    /// <summary>True where the execution holds this part alone.</summary>
    public bool Alone => Request.Exclusive || !Request.Signature.Batched;

    /// <summary>True when the execution can use the request's tensors as they are.</summary>
    public bool IsWholeRequest => FirstRow == 0 && Rows == Request.Rows;

    /// <summary>Where the part stands in its lane.</summary>
    public LinkedListNode<QueuedWork>? Place { get; set; }
}

/// <summary>What rows must have in common to share an execution: signature, and the shape of a row of each
/// input.</summary>
internal sealed class BatchGroup(ModelSignature signature, IReadOnlyList<Tensor> inputs) : IEquatable<BatchGroup>
{
    private readonly TensorShape[] _rowShapes =
        [.. inputs.Select(t => signature.Batched ? t.Shape.WithRows(0) : t.Shape)];

    public ModelSignature Signature { get; } = signature;

    public bool Equals(BatchGroup? other) => other is not null && ReferenceEquals(Signature, other.Signature)
        && _rowShapes.AsSpan().SequenceEqual(other._rowShapes);

    public override bool Equals(object? obj) => Equals(obj as BatchGroup);

    public override int GetHashCode() => HashCode.Combine(Signature.Name, _rowShapes.Length);
}

/// <summary>Parts that one execution runs.</summary>
internal sealed record Batch(IReadOnlyList<QueuedWork> Parts, int Rows, BatchCloseReason Reason);
