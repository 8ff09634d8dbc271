using Orleans.Placement;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <inheritdoc cref="IShardRunnerGrain"/>
[SiloPinnedPlacement, Immovable]
internal sealed class ShardRunnerGrain(ShardRunners runners) : Grain, IShardRunnerGrain
{
    private ReplicaKey Replica => ReplicaKey.Parse(this.GetPrimaryKeyString());

    public Task<RunnerOffer> Describe() => Task.FromResult(runners.Describe(Replica));

    public Task Invite(JobTicket ticket)
    {
        runners.Start(Replica, ticket);
        return Task.CompletedTask;
    }
}
