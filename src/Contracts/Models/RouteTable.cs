using System.Collections.Immutable;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Models;

/// <summary>What can be called and where, as one immutable whole: a gateway swaps it in one step.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.RouteTable")]
public sealed record RouteTable
{
    public static RouteTable Empty { get; } = new();

    /// <summary>Grows with every change; 0 is the empty table.</summary>
    [Id(0)]
    public long Version { get; init; }

    /// <summary>Every version that is to be loaded somewhere, by name and then version.</summary>
    [Id(1)]
    public ImmutableArray<RouteEntry> Entries { get; init; } = [];

    /// <summary>Models that must be ready before the cluster calls itself ready.</summary>
    [Id(2)]
    public ImmutableArray<string> Required { get; init; } = [];

    /// <summary>True when every required model has a ready version.</summary>
    public bool IsReady => Version > 0 && Required.All(name => Entries.Any(e => e.Model.Name == name && e.IsReady));
}

/// <summary>One version of a model and its replicas.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.RouteEntry")]
public sealed record RouteEntry
{
    [Id(0)]
    public required ModelRef Model { get; init; }

    [Id(1)]
    public ImmutableArray<ReplicaReport> Replicas { get; init; } = [];

    /// <summary>
    /// A ready replica's report: signatures, engine, manifest and digest are the same on all of them.
    /// </summary>
    public ReplicaReport? Ready => Replicas.FirstOrDefault(r => r.State == ReplicaState.Ready);

    public bool IsReady => Ready is not null;
}
