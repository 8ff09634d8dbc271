namespace ScoringCluster.Contracts.Replicas;

/// <summary>The control plane asks a replica to be loaded. Orders of an older epoch than the last one seen are
/// refused.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.LoadCommand")]
public sealed record LoadCommand([property: Id(0)] long Epoch);
