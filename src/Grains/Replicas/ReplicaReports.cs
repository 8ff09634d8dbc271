using System.Collections.Immutable;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Grains.Replicas;

/// <summary>What a replica says of itself.</summary>
internal static class ReplicaReports
{
    public static ReplicaReport Absent(ReplicaKey replica, long epoch) =>
        new() { Replica = replica, State = ReplicaState.Absent, Epoch = epoch };

    public static ReplicaReport Ready(ReplicaKey replica, long epoch, LoadedModel model) => new()
    {
        Replica = replica,
        State = ReplicaState.Ready,
        Epoch = epoch,
        Signatures = [.. model.Signatures],
        Refused = model.Refused.ToImmutableDictionary(),
        Engine = model.Engine,
        EngineReason = model.EngineReason,
        Digest = model.Digest,
        ManifestJson = model.ManifestJson,
        BatchRowsMax = model.BatchRowsMax,
        MemoryBytes = model.MemoryBytes,
        LoadTime = model.LoadTime,
    };
}
