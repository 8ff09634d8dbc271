using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Replicas;

/// <summary>What a replica is: what the control plane publishes in the route table.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.ReplicaReport")]
public sealed record ReplicaReport
{
    [Id(0)]
    public required ReplicaKey Replica { get; init; }

    [Id(1)]
    public required ReplicaState State { get; init; }

    /// <summary>The epoch of the last order obeyed.</summary>
    [Id(2)]
    public long Epoch { get; init; }

    /// <summary>Why the load failed; null otherwise.</summary>
    [Id(3)]
    public string? Failure { get; init; }

    /// <summary>Loaded: what can be called.</summary>
    [Id(4)]
    public ImmutableArray<ModelSignature> Signatures { get; init; } = [];

    /// <summary>Loaded: signatures that the engine refuses, with the reason.</summary>
    [Id(5)]
    public ImmutableDictionary<string, string> Refused { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Loaded: <c>onnx</c>, <c>tensorflow</c>.</summary>
    [Id(6)]
    public string Engine { get; init; } = "";

    /// <summary>Loaded: why this engine runs the model, in a sentence.</summary>
    [Id(7)]
    public string EngineReason { get; init; } = "";

    /// <summary>Loaded: the model's digest, lower-case hexadecimal SHA-256.</summary>
    [Id(8)]
    public string Digest { get; init; } = "";

    /// <summary>Loaded: the text of the model's <c>scoring.json</c>; null where it has none.</summary>
    [Id(9)]
    public string? ManifestJson { get; init; }

    /// <summary>Loaded: rows that one execution takes at most.</summary>
    [Id(10)]
    public int BatchRowsMax { get; init; }

    [Id(11)]
    public long MemoryBytes { get; init; }

    [Id(12)]
    public TimeSpan LoadTime { get; init; }
}
