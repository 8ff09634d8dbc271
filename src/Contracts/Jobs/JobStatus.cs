using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>How far a job is; counted from its output folder.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.JobStatus")]
public sealed record JobStatus
{
    [Id(0)]
    public required string JobId { get; init; }

    [Id(1)]
    public required JobState State { get; init; }

    [Id(2)]
    public required string Output { get; init; }

    [Id(3)]
    public ModelRef Model { get; init; }

    /// <summary>Inputs in all.</summary>
    [Id(4)]
    public long Rows { get; init; }

    /// <summary>Rows with scores in committed shards.</summary>
    [Id(5)]
    public long RowsScored { get; init; }

    /// <summary>Rows in committed error files.</summary>
    [Id(6)]
    public long RowsBad { get; init; }

    [Id(7)]
    public int Shards { get; init; }

    [Id(8)]
    public int ShardsCommitted { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(9)]
    public ScoringFault? Fault { get; init; }

    [Id(10)]
    public DateTimeOffset Submitted { get; init; }

    /// <summary>Rows that this run scored a second; 0 until the first shard is committed.</summary>
    [Id(11)]
    public double RowsPerSecond { get; init; }

    /// <inheritdoc cref="JobTicket.ManifestAssumed"/>
    [Id(12)]
    public bool ManifestAssumed { get; init; }
}

/// <summary>The life of a job. The numbers travel between processes; 1 and 4 are not used.</summary>
public enum JobState
{
    Running = 2,
    Succeeded = 3,
    Failed = 5,
}
