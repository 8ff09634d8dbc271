using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What rows must have in common to share an execution: the signature, and the shape of a row of each input.
/// </summary>
internal sealed class BatchGroup : IEquatable<BatchGroup>
{
    private readonly TensorShape[] _rowShapes;
    private readonly int _hash;

    public BatchGroup(SignatureCost cost, IReadOnlyList<Tensor> inputs)
    {
        Cost = cost;
        _rowShapes = [.. inputs.Select(t => Signature.Batched ? t.Shape.WithRows(0) : t.Shape)];
        var hash = default(HashCode);
        hash.Add(Signature.Name);
        Array.ForEach(_rowShapes, shape => hash.Add(shape));
        _hash = hash.ToHashCode();
    }

    public SignatureCost Cost { get; }

    public ModelSignature Signature => Cost.Signature;

    public bool Equals(BatchGroup? other) => other is not null && ReferenceEquals(Signature, other.Signature)
        && _rowShapes.AsSpan().SequenceEqual(other._rowShapes);

    public override bool Equals(object? obj) => Equals(obj as BatchGroup);

    public override int GetHashCode() => _hash;
}
