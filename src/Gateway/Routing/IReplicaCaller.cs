using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Calls a replica; the seam behind which tests put replicas of their own.</summary>
internal interface IReplicaCaller
{
    /// <summary>Whether a call stays in this process: it cannot get lost on the way.</summary>
    bool IsLocal(ReplicaKey replica);

    Task<ScoreAnswer> ScoreAsync(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken);

    /// <summary>How a replica batches; null where it has gone.</summary>
    Task<BatchingReport?> GetBatchingAsync(ReplicaKey replica);
}

/// <summary>Replicas as grains; those of this process, if it has any, without a message.</summary>
internal sealed class GrainReplicaCaller(IGrainFactory grains, ILocalReplicas? local = null) : IReplicaCaller
{
    /// <summary>Orleans makes a reference with reflection, which costs as much as the call itself.</summary>
    private readonly PerReplica<IReplicaGrain> _references =
        new(replica => grains.GetGrain<IReplicaGrain>(replica.ToString()));

    public bool IsLocal(ReplicaKey replica) => local is not null && replica.Silo == local.Silo;

    public Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken) =>
        IsLocal(replica)
            ? local!.ScoreAsync(replica, command, cancellationToken)
            : _references.Of(replica).Score(command, cancellationToken);

    public Task<BatchingReport?> GetBatchingAsync(ReplicaKey replica) => _references.Of(replica).GetBatching();
}
