using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What rows must have in common to share an execution: the signature, and the shape of a row of each input.
/// </summary>
internal sealed class BatchGroup : IEquatable<BatchGroup>
{
    private readonly IReadOnlyList<Tensor> _inputs;
    private readonly int _hash;

    /// <param name="inputs">Only their shapes are looked at, also when their blocks are another's by then.</param>
    public BatchGroup(SignatureCost cost, IReadOnlyList<Tensor> inputs)
    {
        Cost = cost;
        _inputs = inputs;
        var hash = default(HashCode);
        hash.Add(Signature.Name);
        for (var i = 0; i < inputs.Count; i++)
        {
            foreach (var dimension in RowOf(inputs[i]))
            {
                hash.Add(dimension);
            }
        }

        _hash = hash.ToHashCode();
    }

    public SignatureCost Cost { get; }

    /// <summary>What was learned of executions of the group; null for a group that is not remembered.</summary>
    public BatchSizes? Sizes { get; init; }

    public ModelSignature Signature => Cost.Signature;

    public bool Equals(BatchGroup? other)
    {
        if (other is null || !ReferenceEquals(Signature, other.Signature) || _inputs.Count != other._inputs.Count)
        {
            return false;
        }

        for (var i = 0; i < _inputs.Count; i++)
        {
            if (!RowOf(_inputs[i]).SequenceEqual(other.RowOf(other._inputs[i])))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as BatchGroup);

    public override int GetHashCode() => _hash;

    private ReadOnlySpan<long> RowOf(Tensor input) =>
        Signature.Batched ? input.Shape.Dimensions[1..] : input.Shape.Dimensions;
}
