using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>Which rows share an execution, and how many.</summary>
internal sealed class BatchPolicy(BatchingOptions options)
{
    /// <summary>Bytes that one batch gathers: its buffer has to stay below 2 GiB.</summary>
    private const long BytesMax = 1L << 30;

    /// <summary>True where handing the part to another thread and back would take longer than its execution.</summary>
    public static bool IsShort(QueuedWork part) => part.Request is { CallersThread: true, Lane: Lane.Online }
        && part.Group.Sizes?.Seconds(part.Rows) is { } seconds && seconds <= Limits.CallersThreadTimeMax.TotalSeconds;

    /// <summary>Rows of one execution that a larger request is cut to.</summary>
    public int PartRows(BatchRequest request, BatchGroup group)
    {
        if (!group.Signature.Batched)
        {
            return int.MaxValue;
        }

        // A fixed batch is one execution whatever this silo's options say: its size is part of the job's identity.
        return request is { Exclusive: true, PadToRows: > 0 } ? request.PadToRows
            : options.CapByCost && group.Sizes is { } sizes ? sizes.SplitRows : options.RowsMax;
    }

    /// <summary>The batch of a part that was taken out of its lane, with what else of the lane fits to it.</summary>
    public Batch Gather(QueuedWork first, LaneQueue waiting)
    {
        var parts = new List<QueuedWork> { first };
        if (first.Alone)
        {
            return new Batch(
                parts, first.Rows, first.Request.Exclusive ? BatchCloseReason.Exclusive : BatchCloseReason.Single);
        }

        var (rows, bytes) = (first.Rows, first.Bytes);
        var capped = options.CapByCost ? first.Group.Sizes?.Next(waiting.Rows + rows) : null;
        var most = Math.Max(rows, capped ?? options.RowsMax);
        while (rows < most && waiting.OldestOf(first.Group) is { } next)
        {
            if (rows + next.Rows > most || bytes + next.Bytes > BytesMax)
            {
                return new Batch(
                    parts, rows,
                    rows + next.Rows > options.RowsMax ? BatchCloseReason.NextTooLarge : BatchCloseReason.Cost);
            }

            waiting.Remove(next);
            parts.Add(next);
            rows += next.Rows;
            bytes += next.Bytes;
        }

        return new Batch(parts, rows, rows >= options.RowsMax ? BatchCloseReason.Full
            : waiting.IsEmpty ? BatchCloseReason.Idle
            : rows >= most ? BatchCloseReason.Cost : BatchCloseReason.Shape);
    }
}
