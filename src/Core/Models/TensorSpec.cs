using Orleans;

namespace ScoringCluster.Core;

/// <summary>What a signature says of one tensor: its key, element type and shape (−1: any size).</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.TensorSpec")]
public sealed record TensorSpec(
    [property: Id(0)] string Name, [property: Id(1)] ElementType Type, [property: Id(2)] TensorShape Shape)
{
    /// <summary>Every row has the same, known number of bytes.</summary>
    public bool HasFixedRows => Type != ElementType.Bytes && Shape.TryGetRowElements(out _);

    public override string ToString() => $"{Name} {Type.ProtocolName()}{Shape}";
}
