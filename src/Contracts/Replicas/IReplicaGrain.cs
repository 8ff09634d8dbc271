using Orleans.Concurrency;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Replicas;

/// <summary>One version of a model on one device. The key is a <see cref="ReplicaKey"/>: it says where the grain
/// is.</summary>
[Alias("scoring.v1.IReplicaGrain")]
public interface IReplicaGrain : IGrainWithStringKey
{
    /// <summary>
    /// Loads the model on the device's behalf and answers when it is ready or has failed. Repeating an order is
    /// harmless. Only the control plane calls this.
    /// </summary>
    [AlwaysInterleave, Alias("Load"), ResponseTimeout("00:10:00")]
    Task<ReplicaReport> Load(LoadCommand command, CancellationToken cancellationToken);

    /// <summary>Drains and unloads; answers when the memory is back. Only the control plane calls this.</summary>
    [AlwaysInterleave, Alias("Unload"), ResponseTimeout("00:10:00")]
    Task<ReplicaReport> Unload(LoadCommand command, CancellationToken cancellationToken);

    [AlwaysInterleave, Alias("GetReport")]
    Task<ReplicaReport> GetReport();

    /// <summary>How rows gather here and why; null where nothing is loaded.</summary>
    [AlwaysInterleave, Alias("GetBatching")]
    Task<BatchingReport?> GetBatching();

    /// <summary>Scores rows; expected failures are in the answer, never exceptions.</summary>
    [AlwaysInterleave, Alias("Score"), ResponseTimeout("00:10:05")]
    Task<ScoreAnswer> Score([Immutable] ScoreCommand command, CancellationToken cancellationToken);
}
