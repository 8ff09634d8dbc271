using System.Collections.Immutable;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Shards;

/// <summary>A file and what proves it.</summary>
/// <param name="Path">Relative to the job's folder, with '/'.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record FileProof(string Path, long Size, string Sha256);

/// <summary>What a committed shard proves; its existence under the final name is the commit.</summary>
public sealed record Receipt
{
    public int Format { get; init; } = 1;

    public required string Job { get; init; }

    public required string ModelDigest { get; init; }

    /// <summary>Hash of the list that <see cref="FirstRow"/> counts in.</summary>
    public required string InputsSha256 { get; init; }

    public required int Shard { get; init; }

    public required long FirstRow { get; init; }

    public required int Rows { get; init; }

    public required int Scored { get; init; }

    public required int Bad { get; init; }

    /// <summary>The shard's file, then its error file where it has one.</summary>
    public required ImmutableArray<FileProof> Files { get; init; }

    /// <summary>The claim's epoch: 1 where the first attempt ended it.</summary>
    public required int Attempt { get; init; }

    /// <summary>Who ran it: <c>silo/device/model@version</c>.</summary>
    public required string Replica { get; init; }

    public required ExecutionPins Execution { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Committed { get; init; }

    /// <summary>What two attempts at one shard must agree on; times, attempts and replicas may differ.</summary>
    public bool ProvesTheSame(Receipt other) =>
        Job == other.Job && ModelDigest == other.ModelDigest && InputsSha256 == other.InputsSha256
        && Shard == other.Shard && FirstRow == other.FirstRow && Rows == other.Rows && Scored == other.Scored
        && Bad == other.Bad && Files.SequenceEqual(other.Files);

    /// <summary>Why this proves nothing of that shard of the job; null where it does.</summary>
    internal string? MisfitOf(JobPins pins, int shard)
    {
        if (Job != pins.Job)
        {
            return $"it is of job {Job}";
        }

        if (ModelDigest != pins.ModelDigest)
        {
            return $"its model's digest is {ModelDigest}, pinned {pins.ModelDigest}";
        }

        if (InputsSha256 != pins.InputsSha256)
        {
            return $"its list of inputs has hash {InputsSha256}, pinned {pins.InputsSha256}";
        }

        var planned = JobReader.PlanOf(pins)[shard];
        return Shard != shard || FirstRow != planned.FirstRow || Rows != planned.Rows || Scored + Bad != Rows
            ? $"it is of shard {Shard}, rows {FirstRow} to {FirstRow + Rows - 1}, {Scored} scored and {Bad} bad"
            : null;
    }
}
