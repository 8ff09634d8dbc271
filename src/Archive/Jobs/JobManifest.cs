using System.Collections.Immutable;
using ScoringCluster.Archive.Shards;

namespace ScoringCluster.Archive.Jobs;

/// <summary>The end of a job: <c>manifest.json</c>, rows in = scored + bad, and the files that count.</summary>
public sealed record JobManifest
{
    public int Format { get; init; } = 1;

    public required string Job { get; init; }

    public required string Model { get; init; }

    public required string ModelDigest { get; init; }

    public required string Signature { get; init; }

    public ImmutableArray<string> Classes { get; init; } = [];

    public long Rows { get; init; }

    public long Scored { get; init; }

    public long Bad { get; init; }

    public int Shards { get; init; }

    /// <summary>False where some shard ran on another engine, version or device class than the job pinned.</summary>
    public bool Reproducible { get; init; }

    /// <summary>Shards and error files in order, then the input list.</summary>
    public ImmutableArray<FileProof> Files { get; init; } = [];
}
