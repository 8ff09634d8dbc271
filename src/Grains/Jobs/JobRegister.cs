using ScoringCluster.Contracts.Jobs;

namespace ScoringCluster.Grains.Jobs;

/// <summary>What the cluster remembers of its jobs. Losing it loses no job: their folders say everything.</summary>
[GenerateSerializer, Alias("scoring.v1.JobRegister")]
public sealed class JobRegister
{
    /// <summary>In the order of their submission.</summary>
    [Id(0)]
    public List<RegisteredJob> Jobs { get; set; } = [];
}

/// <summary>A job and how it ended; null while it has not.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.RegisteredJob")]
public sealed record RegisteredJob([property: Id(0)] JobTicket Ticket, [property: Id(1)] JobStatus? Ended);
