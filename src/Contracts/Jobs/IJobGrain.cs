using Orleans.Concurrency;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>
/// Drives one job, key its id: invites the shard runners of the pinned model's replicas until every shard is
/// committed, then finishes the folder. It holds nothing that the folder does not say.
/// </summary>
[Alias("scoring.v1.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Begins or goes on driving a planned job and answers at once. Repeating it is harmless.</summary>
    [AlwaysInterleave, Alias("Drive")]
    Task<JobStatus> Drive(JobTicket ticket);

    [AlwaysInterleave, Alias("GetStatus")]
    Task<JobStatus> GetStatus(JobTicket ticket);

    /// <summary>A runner committed a shard. Losing this call delays progress only.</summary>
    [AlwaysInterleave, Alias("ShardCommitted")]
    Task ShardCommitted(ShardReport report);

    /// <summary>A runner has nothing left to claim, or met a fault. Losing this call delays the end only.</summary>
    [AlwaysInterleave, Alias("RunnerEnded")]
    Task RunnerEnded(RunnerReport report);
}
