using Orleans.Concurrency;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>
/// Works on the shards of jobs beside one replica, whose key it shares: rows are read, preprocessed and scored on
/// that silo, and no tensor of an archive crosses the wire.
/// </summary>
[Alias("scoring.v1.IShardRunnerGrain")]
public interface IShardRunnerGrain : IGrainWithStringKey
{
    /// <summary>What a job on this replica would pin.</summary>
    [AlwaysInterleave, Alias("Describe")]
    Task<RunnerOffer> Describe();

    /// <summary>Starts working on a job in the background, unless it does already.</summary>
    [AlwaysInterleave, Alias("Invite")]
    Task Invite(JobTicket ticket);
}
