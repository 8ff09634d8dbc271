using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>The loaded models of this silo, as shard runners see them.</summary>
internal interface IShardReplicas
{
    /// <summary>Null where the model is not loaded on the device.</summary>
    IShardReplica? Find(DeviceId device, ModelRef model);
}

/// <summary>
/// One loaded model. It is leased for the time of each batch only, so that a job never keeps a model from being
/// unloaded: the next batch then fails with <see cref="FaultKind.ReplicaGone"/>.
/// </summary>
internal interface IShardReplica : IRowScorer
{
    /// <summary>What a job would pin; with a fault where the model takes no images.</summary>
    RunnerOffer Offer();

    /// <summary>The codec that a job pinned, or why this model does not fit it.</summary>
    (IRowCodec? Codec, ScoringFault? Fault) CreateCodec(JobPins pins);
}
