using System.Numerics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>Which rows share an execution, how many, and when.</summary>
internal sealed class BatchPolicy(BatchingOptions options, TimeProvider time)
{
    /// <summary>Bytes that one batch gathers: its buffer has to stay below 2 GiB.</summary>
    private const long BytesMax = 1L << 30;

    private readonly long _delay = (long)(options.DelayMax.TotalSeconds * time.TimestampFrequency);

    /// <summary>True where handing the part to another thread and back would take longer than its execution.</summary>
    public bool IsShort(QueuedWork part) => part.Request is { CallersThread: true, Lane: Lane.Online } && _delay == 0
        && part.Group.Sizes?.Seconds(options.Padded(part.Rows)) is { } seconds
        && seconds <= Limits.CallersThreadTimeMax.TotalSeconds;

    /// <summary>Rows of one execution that a larger request is cut to.</summary>
    public int PartRows(BatchRequest request, BatchGroup group)
    {
        if (!group.Signature.Batched)
        {
            return int.MaxValue;
        }

        // A fixed batch is one execution whatever this silo's options say: its size is part of the job's identity.
        // Other archive rows wait one by one: only whole parts take room that an online batch leaves.
        return request is { Exclusive: true, PadToRows: > 0 } ? request.PadToRows
            : request is { Exclusive: false, Lane: Lane.Archive } ? 1
            : options.CapByCost && group.Sizes is { } sizes ? sizes.SplitRows : options.RowsMax;
    }

    /// <summary>The level of a request's priority, 0 the first.</summary>
    public int LevelOf(BatchRequest request)
    {
        var priority = request.Priority > 0 ? request.Priority : options.DefaultPriority;
        return Math.Min(priority > 0 ? priority : options.PriorityLevels, options.PriorityLevels) - 1;
    }

    /// <summary>The clock's timestamp until which a part may wait for others; null where it does not.</summary>
    public long? WaitsUntil(QueuedWork part) => _delay == 0 || part.Alone ? null : part.Progress.Arrived + _delay;

    /// <summary>
    /// The part whose batch is next: the first in line, unless it may wait for others still and has not enough of them;
    /// null where nothing is to be executed now.
    /// </summary>
    public QueuedWork? Choose(LaneQueue waiting, long now)
    {
        if (_delay == 0 || waiting.First is not { } first)
        {
            return waiting.First;
        }

        foreach (var oldest in waiting.Oldest)
        {
            if (WaitsUntil(oldest) is not { } until || until <= now)
            {
                return oldest;
            }
        }

        return waiting.FirstOfAtLeast(Enough());
    }

    /// <summary>The batch of a part that was taken out of its lane, with what else of the lane fits to it.</summary>
    /// <param name="archive">The archive's lane where the other is the online one: its rows may take what room is left.
    /// </param>
    public Batch Gather(QueuedWork first, LaneQueue waiting, LaneQueue? archive)
    {
        var batch = Gather(first, waiting);
        return archive?.FirstOf(first.Group) is null || first.Alone || waiting.FirstOf(first.Group) is not null
            ? batch
            : Fill(batch, archive);
    }

    private Batch Gather(QueuedWork first, LaneQueue waiting)
    {

        // Most of the work of large requests fills an execution by itself.
        var parts = new List<QueuedWork>(first.Rows < options.RowsMax ? 4 : 1) { first };
        if (first.Alone)
        {
            return new Batch(
                parts, first.Rows, first.Request.Exclusive ? BatchCloseReason.Exclusive : BatchCloseReason.Single);
        }

        var (rows, bytes) = (first.Rows, first.Bytes);
        var (most, why) = Most(first, waiting);
        while (rows < most && waiting.FirstOf(first.Group) is { } next)
        {
            if (rows + next.Rows > most || bytes + next.Bytes > BytesMax)
            {
                return new Batch(parts, rows, rows + next.Rows > options.RowsMax ? BatchCloseReason.NextTooLarge : why);
            }

            waiting.Remove(next);
            parts.Add(next);
            rows += next.Rows;
            bytes += next.Bytes;
        }

        return new Batch(parts, rows, rows >= options.RowsMax ? BatchCloseReason.Full
            : rows >= most && why == BatchCloseReason.Preferred ? why
            : waiting.IsEmpty ? _delay > 0 ? BatchCloseReason.Delay : BatchCloseReason.Idle
            : rows >= most ? why : BatchCloseReason.Shape);
    }

    /// <summary>Adds archive rows to an online batch in their order, as <see cref="FilledRows"/> says.</summary>
    private Batch Fill(Batch batch, LaneQueue archive)
    {
        var (group, rows, bytes) = (batch.Parts[0].Group, batch.Rows, batch.Parts.Sum(part => part.Bytes));
        var most = FilledRows(batch, archive);
        while (rows < most && archive.FirstOf(group) is { } next
            && rows + next.Rows <= most && bytes + next.Bytes <= BytesMax)
        {
            archive.Remove(next);
            batch.Parts.Add(next);
            rows += next.Rows;
            bytes += next.Bytes;
        }

        return rows == batch.Rows ? batch : new Batch(batch.Parts, rows, BatchCloseReason.Backfilled);
    }

    /// <summary>Rows that an online batch has once archive rows took what room is left in it.</summary>
    /// <remarks>
    /// Online callers wait for the archive's rows too, so these may add no more time than the archive is owed for the
    /// execution without them, by its share, and would take by itself otherwise. Nothing is added on a guess (the times
    /// of both sizes were measured), beyond the size at which a row is as cheap as any, or where an online caller's
    /// deadline would pass. Rows in place of padding cost nothing.
    /// </remarks>
    private int FilledRows(Batch batch, LaneQueue archive)
    {
        var group = batch.Parts[0].Group;
        var (now, deadline) = (time.GetTimestamp(), batch.Parts.Min(part => part.Progress.Deadline));
        var (padded, seconds) = (options.Padded(batch.Rows), group.Sizes?.Seconds(options.Padded(batch.Rows)));
        var there = batch.Rows + archive.RowsOf(group);
        var most = options.PreferredRows.Length > 0 ? LargestUpTo(there, options.PreferredRows)
            : options.CapByCost && group.Sizes is { } sizes ? sizes.GatherRows
            : options.RowsMax;
        var rows = (int)Math.Min(Math.Max(padded, most), there);

        // Costs are known by powers of two: the largest size that is cheap enough, of those and of what is there.
        while (rows > padded && !IsCheap(options.Padded(rows)))
        {
            rows = Math.Max(padded, 1 << BitOperations.Log2((uint)rows - 1));
        }

        return rows;

        bool IsCheap(int filled) => group.Sizes?.Seconds(filled) is { } longer
            && longer * (1 - options.ArchiveShare) <= seconds
            && now + (longer * time.TimestampFrequency) <= deadline;
    }

    /// <summary>Rows that a batch does not wait for more with.</summary>
    private int Enough() => options.PreferredRows is [var smallest, ..] ? smallest : options.RowsMax;

    /// <summary>Rows that the part's batch may have, and why not more.</summary>
    private (int Rows, BatchCloseReason Why) Most(QueuedWork first, LaneQueue waiting)
    {
        if (options.PreferredRows.Length > 0)
        {
            var there = waiting.RowsOf(first.Group) + first.Rows;
            var preferred = LargestUpTo(there, options.PreferredRows);
            return preferred >= first.Rows && preferred > 0
                ? (preferred, BatchCloseReason.Preferred)
                : (options.RowsMax, BatchCloseReason.Full);
        }

        var most = options.CapByCost && first.Group.Sizes is { } sizes
            ? sizes.Next(waiting.Rows + first.Rows)
            : options.RowsMax;

        // Between two allowed sizes a batch would be padded although rows are there.
        var isCut = waiting.RowsOf(first.Group) + first.Rows > most;
        var allowed = isCut ? LargestUpTo(most, options.AllowedRows) : 0;
        return (Math.Max(first.Rows, allowed > 0 ? allowed : most), BatchCloseReason.Cost);
    }

    /// <summary>0 where all are larger.</summary>
    private static int LargestUpTo(long rows, int[] sizes)
    {
        var largest = 0;
        foreach (var size in sizes)
        {
            largest = size <= rows ? size : largest;
        }

        return largest;
    }
}
