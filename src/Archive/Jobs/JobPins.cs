using System.Collections.Immutable;

namespace ScoringCluster.Archive.Jobs;

/// <summary>What <c>job.json</c> fixes for the job's whole life, so that any rerun writes the same bytes.</summary>
public sealed record JobPins
{
    public int Format { get; init; } = 1;

    public required string Job { get; init; }

    /// <summary>True where nobody named the job and its id follows from its content.</summary>
    public bool Derived { get; init; }

    /// <summary><c>name@version</c>.</summary>
    public required string Model { get; init; }

    public required string ModelDigest { get; init; }

    public required string Signature { get; init; }

    /// <summary>The whole manifest, since it decides how pixels become tensors.</summary>
    public required string Manifest { get; init; }

    /// <summary>True where the model has no manifest and a default one was taken.</summary>
    public bool ManifestAssumed { get; init; }

    /// <summary>Names of the score columns, in the model's order.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>Folder that the inputs' paths are relative to.</summary>
    public required string Input { get; init; }

    /// <summary>Digest of the inputs' paths, sizes and times.</summary>
    public required string InputDigest { get; init; }

    /// <summary>Hash of <c>inputs.parquet</c> itself.</summary>
    public required string InputsSha256 { get; init; }

    public long Rows { get; init; }

    /// <summary>Files of the input folder that are no images by their names.</summary>
    public long FilesSkipped { get; init; }

    /// <summary>Their extensions in order, as many as are remembered.</summary>
    public ImmutableArray<string> TypesSkipped { get; init; } = [];

    public int ShardRows { get; init; }

    /// <summary>Rows of every batch; the last one of a shard is padded where the job is deterministic.</summary>
    public int BatchRows { get; init; }

    public required ExecutionPins Execution { get; init; }

    /// <summary>Batches are fixed runs of one shard's rows and never shared. Where it is false other callers' rows may
    /// stand in the same execution, and numbers may differ in their last bits from run to run.</summary>
    /// <remarks>Not <c>init</c>, which the reader of JSON sets to false where the file does not say.</remarks>
    public bool Deterministic { get; set; } = true;

    public DateTimeOffset Created { get; init; }
}

/// <summary>What computes; another engine, version or processor may round differently.</summary>
/// <param name="DeviceClass">Instruction sets of a processor, or the model of a GPU.</param>
public sealed record ExecutionPins(
    string Engine, string EngineVersion, string DeviceClass, int Slots, int ThreadsPerSlot);

/// <summary>What a job is asked to be; the planner turns it into <see cref="JobPins"/>.</summary>
public sealed record JobSpec
{
    /// <summary>Null: derived.</summary>
    public string? Job { get; init; }

    /// <inheritdoc cref="JobPins.Model"/>
    public required string Model { get; init; }

    public required string ModelDigest { get; init; }

    public required string Signature { get; init; }

    public required string Manifest { get; init; }

    public bool ManifestAssumed { get; init; }

    public ImmutableArray<string> Classes { get; init; } = [];

    public required string Input { get; init; }

    public required int ShardRows { get; init; }

    public required int BatchRows { get; init; }

    public required ExecutionPins Execution { get; init; }

    /// <inheritdoc cref="JobPins.Deterministic"/>
    public bool Deterministic { get; init; } = true;
}
