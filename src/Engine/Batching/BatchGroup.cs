using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What rows must have in common to share an execution: the signature, and the shape of a row of each input.
/// </summary>
internal sealed class BatchGroup : IEquatable<BatchGroup>
{
    private readonly TensorShape[] _shapes;
    private readonly int _hash;

    public BatchGroup(SignatureCost cost, ImmutableArray<Tensor> inputs)
    {
        Cost = cost;
        _shapes = [.. inputs.Select(input => input.Shape)];
        var hash = default(HashCode);
        hash.Add(Signature.Name);
        foreach (var shape in _shapes)
        {
            foreach (var dimension in RowOf(shape))
            {
                hash.Add(dimension);
            }
        }

        _hash = hash.ToHashCode();
    }

    public SignatureCost Cost { get; }

    /// <summary>What was learned of executions of the group; null for a group that is not remembered.</summary>
    public BatchSizes? Sizes { get; init; }

    /// <summary>What an execution of so many rows takes, by those before it; 0 where there was none.</summary>
    public double Seconds(int rows) => Sizes?.Seconds(rows) ?? (Cost.SecondsPerRow * rows);

    public ModelSignature Signature => Cost.Signature;

    /// <summary>The shape of a row of each input.</summary>
    public IEnumerable<TensorShape> RowShapes =>
        _shapes.Select(shape => TensorShape.Of(Signature.Batched ? shape.Dimensions[1..] : shape.Dimensions));

    /// <summary>True where a request of these inputs is of the group.</summary>
    public bool Holds(SignatureCost cost, ImmutableArray<Tensor> inputs)
    {
        if (!ReferenceEquals(Cost, cost) || inputs.Length != _shapes.Length)
        {
            return false;
        }

        for (var i = 0; i < _shapes.Length; i++)
        {
            if (!RowOf(inputs[i].Shape).SequenceEqual(RowOf(_shapes[i])))
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(BatchGroup? other)
    {
        if (other is null || !ReferenceEquals(Cost, other.Cost) || _shapes.Length != other._shapes.Length)
        {
            return false;
        }

        for (var i = 0; i < _shapes.Length; i++)
        {
            if (!RowOf(_shapes[i]).SequenceEqual(RowOf(other._shapes[i])))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as BatchGroup);

    public override int GetHashCode() => _hash;

    private ReadOnlySpan<long> RowOf(in TensorShape shape) =>
        Signature.Batched ? shape.Dimensions[1..] : shape.Dimensions;
}
