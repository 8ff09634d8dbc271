using System.Collections.Concurrent;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Calls a replica; the seam behind which tests put replicas of their own.</summary>
internal interface IReplicaCaller
{
    /// <summary>Whether a call stays in this process: it cannot get lost on the way.</summary>
    bool IsLocal(ReplicaKey replica);

    Task<ScoreAnswer> ScoreAsync(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken);
}

/// <summary>Replicas as grains; those of this process, if it has any, without a message.</summary>
internal sealed class GrainReplicaCaller(IGrainFactory grains, ILocalReplicas? local = null) : IReplicaCaller
{
    /// <summary>References kept: Orleans makes one with reflection, which costs as much as the call itself.</summary>
    private const int ReferencesMax = 4_096;

    private readonly ConcurrentDictionary<ReplicaKey, IReplicaGrain> _references = new();

    public bool IsLocal(ReplicaKey replica) => local is not null && replica.Silo == local.Silo;

    public Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken) =>
        IsLocal(replica)
            ? local!.ScoreAsync(replica, command, cancellationToken)
            : ReferenceOf(replica).Score(command, cancellationToken);

    private IReplicaGrain ReferenceOf(ReplicaKey replica)
    {
        if (_references.TryGetValue(replica, out var reference))
        {
            return reference;
        }

        if (_references.Count >= ReferencesMax)
        {
            _references.Clear();
        }

        return _references.GetOrAdd(
            replica, static (key, factory) => factory.GetGrain<IReplicaGrain>(key.ToString()), grains);
    }
}
