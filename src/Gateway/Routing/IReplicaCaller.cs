using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Calls a replica; the seam behind which tests put replicas of their own.</summary>
internal interface IReplicaCaller
{
    Task<ScoreAnswer> ScoreAsync(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken);
}

/// <summary>Replicas as grains.</summary>
internal sealed class GrainReplicaCaller(IGrainFactory grains) : IReplicaCaller
{
    public Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken) =>
        grains.GetGrain<IReplicaGrain>(replica.ToString()).Score(command, cancellationToken);
}
