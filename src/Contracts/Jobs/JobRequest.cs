using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>Rescore an archive. Paths are absolute and already checked against the configured roots.</summary>
/// <param name="Model">Name; the version that is the model's default now is pinned.</param>
/// <param name="Version">Null for the model's default version.</param>
/// <param name="Input">Folder of images, read recursively.</param>
/// <param name="Output">Folder that holds this one job.</param>
/// <param name="Deterministic">True, or null: fixed batches, so that any rerun writes the same bytes. False: rows may
/// fill what room online batches leave.</param>
/// <param name="JobId">Null: derived from model digest, inputs and options, so that asking twice is one job.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.JobRequest")]
public sealed record JobRequest(
    [property: Id(0)] string Model,
    [property: Id(1)] int? Version,
    [property: Id(2)] string Input,
    [property: Id(3)] string Output,
    [property: Id(4)] string? JobId,
    [property: Id(5)] bool? Deterministic = null);

/// <summary>A job, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.JobReply")]
public sealed record JobReply([property: Id(0)] ScoringFault? Fault, [property: Id(1)] JobStatus? Job);
