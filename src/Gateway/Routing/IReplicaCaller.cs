using System.Collections.Concurrent;
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
    /// <summary>References kept: Orleans makes one with reflection, which costs as much as the call itself.</summary>
    private const int ReferencesMax = 4_096;

    private readonly ConcurrentDictionary<ReplicaKey, IReplicaGrain> _references = new();

    public Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken) =>
        ReferenceOf(replica).Score(command, cancellationToken);

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
