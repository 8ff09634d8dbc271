using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Models;

/// <summary>What a silo has to offer: its devices and the model versions that its store can see.</summary>
/// <param name="Incarnation">
/// Grows with every start under the same name: what an earlier process had loaded is gone.
/// </param>
[GenerateSerializer, Immutable, Alias("scoring.v1.SiloReport")]
public sealed record SiloReport(
    [property: Id(0)] string Silo,
    [property: Id(1)] ImmutableArray<DeviceReport> Devices,
    [property: Id(2)] ImmutableArray<VersionReport> Models,
    [property: Id(3)] ImmutableArray<string> Required,
    [property: Id(4)] long Incarnation);

/// <summary>A version that a silo's store can see.</summary>
/// <param name="Fingerprint">Differs when its files do: a load that failed is tried again then.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.VersionReport")]
public sealed record VersionReport([property: Id(0)] ModelRef Model, [property: Id(1)] string Fingerprint);

/// <summary>One device of a silo.</summary>
/// <param name="Slots">Threads that execute at the same time.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.DeviceReport")]
public sealed record DeviceReport(
    [property: Id(0)] DeviceId Device,
    [property: Id(1)] string Description,
    [property: Id(2)] int Slots,
    [property: Id(3)] int ThreadsPerSlot,
    [property: Id(4)] long MemoryBytes);
