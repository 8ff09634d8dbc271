using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Replicas;

/// <summary>
/// The replicas of this process. A gateway beside them calls them here instead of through their grains: the answer is
/// the same, and a small model's time is not spent on messages that never leave the process.
/// </summary>
public interface ILocalReplicas
{
    /// <summary>Name of the silo that this process is.</summary>
    string Silo { get; }

    /// <summary>As <see cref="IReplicaGrain.Score"/>, which it is called by.</summary>
    Task<ScoreAnswer> ScoreAsync(ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken);
}
