using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>A registered job: where its folder is, which is all that has to be remembered of it.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.JobTicket")]
public sealed record JobTicket(
    [property: Id(0)] string JobId,
    [property: Id(1)] string Output,
    [property: Id(2)] ModelRef Model,
    [property: Id(3)] DateTimeOffset Submitted)
{
    /// <summary>The model has no <c>scoring.json</c>: how images become its input is assumed.</summary>
    [Id(4)]
    public bool ManifestAssumed { get; init; }
}
