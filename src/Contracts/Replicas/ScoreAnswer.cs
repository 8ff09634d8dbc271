using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Replicas;

/// <summary>Outputs or a fault, and what the execution cost. The caller owns the blocks of
/// <see cref="Outputs"/>.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.ScoreAnswer")]
public sealed class ScoreAnswer
{
    [Id(0)]
    public ScoringFault? Fault { get; init; }

    /// <summary>The wanted outputs, in the signature's order; empty with a fault.</summary>
    [Id(1)]
    public ImmutableArray<Tensor> Outputs { get; init; } = [];

    [Id(2)]
    public required ReplicaKey Replica { get; init; }

    /// <summary>Name of the engine that ran it: <c>onnx</c>, <c>tensorflow</c>.</summary>
    [Id(3)]
    public string Engine { get; init; } = "";

    [Id(4)]
    public TimeSpan Queued { get; init; }

    [Id(5)]
    public TimeSpan Computed { get; init; }

    /// <summary>Rows of the execution that these rows were part of.</summary>
    [Id(6)]
    public int BatchRows { get; init; }

    /// <summary>Seconds of work that wait in the replica's queue now: what the router weighs.</summary>
    [Id(7)]
    public double QueuedSeconds { get; init; }
}
