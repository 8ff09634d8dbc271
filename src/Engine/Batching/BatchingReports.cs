using System.Collections.Immutable;
using System.Globalization;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What a queue says of itself.</summary>
internal static class BatchingReports
{
    public static ImmutableArray<NamedText> Of(BatchingOptions options) =>
    [
        Text(nameof(options.RowsMax), options.RowsMax),
        Text(nameof(options.CapByCost), options.CapByCost),
        new(nameof(options.PreferredRows), string.Join(", ", options.PreferredRows)),
        new(nameof(options.AllowedRows), string.Join(", ", options.AllowedRows)),
        Text(nameof(options.DelayMax), options.DelayMax),
        Text(nameof(options.QueueRowsMax), options.QueueRowsMax),
        Text(nameof(options.QueueBytesMax), options.QueueBytesMax),
        Text(nameof(options.QueueTimeMax), options.QueueTimeMax),
        Text(nameof(options.PriorityLevels), options.PriorityLevels),
        Text(nameof(options.DefaultPriority), options.DefaultPriority),
        Text(nameof(options.BatchDependent), options.BatchDependent),
        Text(nameof(options.ArchiveShare), options.ArchiveShare),
    ];

    /// <param name="queuedSeconds">Time that the device's slots need for what waits.</param>
    public static LaneReport Of(Lane lane, LaneQueue waiting, double queuedSeconds)
    {
        var oldest = waiting.Oldest.Select(part => part.Progress.Age).DefaultIfEmpty(TimeSpan.Zero).Max();
        return new LaneReport(lane, waiting.Rows, waiting.Bytes, oldest.TotalSeconds, queuedSeconds);
    }

    public static SizesReport? Of(BatchGroup group) => group.Sizes is not { } sizes ? null : new SizesReport(
        group.Signature.Name,
        [.. group.RowShapes],
        sizes.GatherRows,
        sizes.SplitRows,
        [.. sizes.Learned.Select(size => new SizeCost(size.Rows, size.SecondsPerRow, size.Executions))]);

    private static NamedText Text(string name, IConvertible value) =>
        new(name, value.ToString(CultureInfo.InvariantCulture));

    private static NamedText Text(string name, TimeSpan value) =>
        new(name, value.ToString("c", CultureInfo.InvariantCulture));
}
