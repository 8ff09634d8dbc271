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

    /// <summary>False where the job was not deterministic, or some shard ran on another engine, version or device class
    /// than it pinned.</summary>
    public bool Reproducible { get; init; }

    /// <summary>Shards and error files in order, then the input list.</summary>
    public ImmutableArray<FileProof> Files { get; init; } = [];

    /// <summary>Why this is not the end of the job; null where it is.</summary>
    internal string? MisfitOf(JobPins pins)
    {
        if (Job != pins.Job)
        {
            return $"it is of job {Job}";
        }

        if (ModelDigest != pins.ModelDigest)
        {
            return $"its model's digest is {ModelDigest}, pinned {pins.ModelDigest}";
        }

        if (Model != pins.Model || Signature != pins.Signature || !Classes.SequenceEqual(pins.Classes))
        {
            return "its model, signature or classes are not those that are pinned";
        }

        return Rows != pins.Rows || Scored + Bad != Rows || Shards != JobReader.PlanOf(pins).Shards
            || !Files.Any(file => file.Sha256 == pins.InputsSha256)
                ? "its inputs are not those that are pinned"
                : null;
    }
}
