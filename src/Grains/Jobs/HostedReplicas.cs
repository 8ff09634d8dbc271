using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Grains.Jobs;

/// <summary>The models that the silo's host has loaded.</summary>
internal sealed class HostedReplicas(ReplicaHost host) : IShardReplicas
{
    public IShardReplica? Find(DeviceId device, ModelRef model)
    {
        using var lease = host.TryLease(device, model);
        return lease is null ? null : new HostedReplica(host, device, model);
    }
}

internal sealed class HostedReplica(ReplicaHost host, DeviceId device, ModelRef model) : IShardReplica
{
    public RunnerOffer Offer()
    {
        using var lease = host.TryLease(device, model);
        if (lease?.Model is not { } loaded)
        {
            return new RunnerOffer { Fault = Gone() };
        }

        var (codec, fault) = ImageCodec.Choose(loaded.ManifestJson, loaded.Signatures);
        return fault is not null ? new RunnerOffer { Fault = fault } : new RunnerOffer
        {
            ModelDigest = loaded.Digest,
            Signature = codec!.Signature.Name,
            Manifest = codec.Manifest.ToJson(),
            ManifestAssumed = codec.Manifest.Assumed,
            Classes = codec.Classes,
            BatchRowsMax = loaded.BatchRowsMax,
            Engine = loaded.Engine,
            EngineVersion = loaded.EngineVersion,
            DeviceClass = loaded.Device.Description,
            Slots = loaded.Device.Slots,
            ThreadsPerSlot = loaded.Device.ThreadsPerSlot,
        };
    }

    public (IRowCodec? Codec, ScoringFault? Fault) CreateCodec(JobPins pins)
    {
        using var lease = host.TryLease(device, model);
        return lease?.Model is { } loaded
            ? ImageCodec.Choose(pins.Manifest, loaded.Signatures.Where(signature => signature.Name == pins.Signature))
            : (null, Gone());
    }

    public async Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        using var lease = host.TryLease(device, model);
        if (lease is not null)
        {
            return await lease.Model.ScoreAsync(request, cancellationToken);
        }

        foreach (var input in request.Inputs)
        {
            input.Dispose();
        }

        return BatchOutcome.Failed(Gone());
    }

    private ScoringFault Gone() => new(FaultKind.ReplicaGone, $"{model} is not loaded on {device}");
}
