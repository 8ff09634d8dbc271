using Orleans;

namespace ScoringCluster.Core;

/// <summary>What is wrong with a request: where (<c>inputs[x].shape</c>), what was expected and got.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.FaultViolation")]
public sealed record FaultViolation([property: Id(0)] string Field, [property: Id(1)] string Message);
