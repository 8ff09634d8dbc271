using System.Collections.Immutable;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>How one replica batches: what is set, what it learned, what waits, and what became of it.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.BatchingReport")]
public sealed record BatchingReport
{
    /// <summary>Options in force, by name, as text.</summary>
    [Id(0)]
    public ImmutableArray<NamedText> Options { get; init; } = [];

    /// <summary>Executions of the device at a time.</summary>
    [Id(1)]
    public int Slots { get; init; }

    [Id(2)]
    public ImmutableArray<LaneReport> Lanes { get; init; } = [];

    /// <summary>What executions of different sizes take, by signature and shape of a row.</summary>
    [Id(3)]
    public ImmutableArray<SizesReport> Sizes { get; init; } = [];

    /// <summary>Since the model was loaded.</summary>
    [Id(4)]
    public BatchingTotals Totals { get; init; } = new();
}

/// <summary>What waits in one lane.</summary>
/// <param name="OldestSeconds">Age of the part that waits longest; 0 where nothing waits.</param>
/// <param name="QueuedSeconds">Time that the device's slots need for it.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.LaneReport")]
public sealed record LaneReport(
    [property: Id(0)] Lane Lane,
    [property: Id(1)] long Rows,
    [property: Id(2)] long Bytes,
    [property: Id(3)] double OldestSeconds,
    [property: Id(4)] double QueuedSeconds);

/// <summary>What was learned of one signature and shape of a row.</summary>
/// <param name="Shapes">Of a row of each input.</param>
/// <param name="GatherRows">Rows that requests gather to: the fewest that are as cheap as any.</param>
/// <param name="SplitRows">Rows that a larger request is cut to.</param>
/// <param name="Learned">By size.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.SizesReport")]
public sealed record SizesReport(
    [property: Id(0)] string Signature,
    [property: Id(1)] ImmutableArray<TensorShape> Shapes,
    [property: Id(2)] int GatherRows,
    [property: Id(3)] int SplitRows,
    [property: Id(4)] ImmutableArray<SizeCost> Learned);

/// <summary>What a row costs in executions of <paramref name="Rows"/> rows up to twice as many.</summary>
/// <param name="Executions">That the estimate rests on, the newest ten at most.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.SizeCost")]
public sealed record SizeCost(
    [property: Id(0)] int Rows, [property: Id(1)] double SecondsPerRow, [property: Id(2)] int Executions);

/// <summary>Sums over the executions of one replica.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.BatchingTotals")]
public sealed record BatchingTotals
{
    [Id(0)]
    public long Rows { get; init; }

    /// <summary>Rows that were executed for nobody, to fill a size.</summary>
    [Id(1)]
    public long PaddingRows { get; init; }

    /// <summary>Executions that failed; their parts ran again.</summary>
    [Id(2)]
    public long FailedBatches { get; init; }

    [Id(3)]
    public double ExecutedSeconds { get; init; }

    /// <summary>Batches by the reason why they closed.</summary>
    [Id(4)]
    public ImmutableArray<NamedCount> ClosedBy { get; init; } = [];

    /// <summary>Batches by their rows, from a power of two up to the next.</summary>
    [Id(5)]
    public ImmutableArray<SizeCount> RowsPerBatch { get; init; } = [];

    /// <summary>Requests that found no room, or none in time.</summary>
    [Id(6)]
    public long Refused { get; init; }

    [Id(7)]
    public long Expired { get; init; }

    [Id(8)]
    public long Cancelled { get; init; }
}

[GenerateSerializer, Immutable, Alias("scoring.v1.NamedText")]
public sealed record NamedText([property: Id(0)] string Name, [property: Id(1)] string Text);

[GenerateSerializer, Immutable, Alias("scoring.v1.NamedCount")]
public sealed record NamedCount([property: Id(0)] string Name, [property: Id(1)] long Count);

/// <param name="Rows">The smallest size that is counted here.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.SizeCount")]
public sealed record SizeCount([property: Id(0)] int Rows, [property: Id(1)] long Count);
