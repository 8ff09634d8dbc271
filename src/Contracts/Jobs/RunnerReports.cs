using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>What a job on a replica would pin, or why none can run there.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.RunnerOffer")]
public sealed record RunnerOffer
{
    [Id(0)]
    public ScoringFault? Fault { get; init; }

    [Id(1)]
    public string ModelDigest { get; init; } = "";

    [Id(2)]
    public string Signature { get; init; } = "";

    /// <summary>The manifest's text; a default one where the model has none.</summary>
    [Id(3)]
    public string Manifest { get; init; } = "";

    [Id(4)]
    public bool ManifestAssumed { get; init; }

    [Id(5)]
    public ImmutableArray<string> Classes { get; init; } = [];

    [Id(6)]
    public int BatchRowsMax { get; init; }

    [Id(7)]
    public string Engine { get; init; } = "";

    [Id(8)]
    public string EngineVersion { get; init; } = "";

    /// <summary>Instruction sets of a processor, or the model of a GPU.</summary>
    [Id(9)]
    public string DeviceClass { get; init; } = "";

    [Id(10)]
    public int Slots { get; init; }

    [Id(11)]
    public int ThreadsPerSlot { get; init; }
}

/// <summary>A shard that has its receipt.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.ShardReport")]
public sealed record ShardReport(
    [property: Id(0)] int Shard, [property: Id(1)] int Scored, [property: Id(2)] int Bad);

/// <summary>The end of a runner's run; no fault: nothing was left to claim.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.RunnerReport")]
public sealed record RunnerReport([property: Id(0)] ReplicaKey Replica, [property: Id(1)] ScoringFault? Fault);
