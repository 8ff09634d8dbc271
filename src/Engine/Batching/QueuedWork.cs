using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// A part of a request that fits one execution; most requests are one part. It is owned by the queue until a slot
/// takes it, and ends exactly once.
/// </summary>
internal sealed class QueuedWork(
    RequestProgress progress, int index, int firstRow, int rows, long bytes, BatchGroup group)
{
    private int _ended;
    private WorkLine.Place _inLane;
    private WorkLine.Place _inGroup;

    public BatchRequest Request => Progress.Request;

    public RequestProgress Progress { get; } = progress;

    /// <summary>Its place among the request's parts.</summary>
    public int Index { get; } = index;

    /// <summary>The first of the request's rows that this part has.</summary>
    public int FirstRow { get; } = firstRow;

    public int Rows { get; } = rows;

    public long Bytes { get; } = bytes;

    /// <summary>Parts of one group may share an execution.</summary>
    public BatchGroup Group { get; } = group;

    /// <summary>Priority, 0 the first to be served.</summary>
    public int Level { get; init; }

    /// <summary>True where the execution holds this part alone.</summary>
    public bool Alone => Request.Exclusive || !Group.Signature.Batched;

    /// <summary>True when the execution can use the request's tensors as they are.</summary>
    public bool IsWholeRequest => FirstRow == 0 && Rows == Request.Rows;

    /// <summary>True while it waits; the lane's to set.</summary>
    public bool Waits { get; set; }

    /// <summary>Where the part stands in its lane; the lane's.</summary>
    public ref WorkLine.Place InLane => ref _inLane;

    /// <summary>Where the part stands among those of its group; the lane's.</summary>
    public ref WorkLine.Place InGroup => ref _inGroup;

    /// <summary>Nobody reads this part's rows any more. Only the first call counts.</summary>
    public void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            Progress.EndPart();
        }
    }
}

/// <summary>Parts that one execution runs.</summary>
internal sealed class Batch(List<QueuedWork> parts, int rows, BatchCloseReason reason)
{
    public List<QueuedWork> Parts { get; } = parts;

    public int Rows { get; } = rows;

    public BatchCloseReason Reason { get; } = reason;

    /// <summary>Of its rows, those of the archive's lane: between 0 and 1.</summary>
    public double ArchivePart
    {
        get
        {
            var archive = 0;
            foreach (var part in Parts)
            {
                archive += part.Request.Lane == Lane.Archive ? part.Rows : 0;
            }

            return archive / (double)Rows;
        }
    }
}
