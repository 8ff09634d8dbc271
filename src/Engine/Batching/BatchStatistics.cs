using System.Numerics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What became of one queue's requests and batches since the model was loaded. Thread-safe.</summary>
internal sealed class BatchStatistics
{
    private readonly long[] _reasons = new long[Enum.GetValues<BatchCloseReason>().Length];
    private readonly long[] _sizes = new long[BitOperations.Log2(Limits.RowsPerRequestMax) + 1];
    private readonly long[] _ends = new long[Enum.GetValues<RequestEnd>().Length];
    private long _rows;
    private long _padding;
    private long _failed;
    private long _executedTicks;

    public void OnExecuted(int rows, int padding, TimeSpan elapsed, BatchCloseReason reason, bool failed)
    {
        Interlocked.Increment(ref _reasons[(int)reason]);
        Interlocked.Increment(ref _sizes[Math.Min(BitOperations.Log2((uint)rows), _sizes.Length - 1)]);
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _padding, padding);
        Interlocked.Add(ref _failed, failed ? 1 : 0);
        Interlocked.Add(ref _executedTicks, elapsed.Ticks);
    }

    /// <summary>A request ended without rows.</summary>
    public void OnEnded(RequestEnd end) => Interlocked.Increment(ref _ends[(int)end]);

    public BatchingTotals Read() => new()
    {
        Rows = Interlocked.Read(ref _rows),
        PaddingRows = Interlocked.Read(ref _padding),
        FailedBatches = Interlocked.Read(ref _failed),
        ExecutedSeconds = TimeSpan.FromTicks(Interlocked.Read(ref _executedTicks)).TotalSeconds,
        ClosedBy =
        [
            .. _reasons.Index().Where(reason => Interlocked.Read(ref _reasons[reason.Index]) > 0)
                .Select(reason => new NamedCount(
                    BatchingInstruments.Name((BatchCloseReason)reason.Index),
                    Interlocked.Read(ref _reasons[reason.Index]))),
        ],
        RowsPerBatch =
        [
            .. _sizes.Index().Where(size => Interlocked.Read(ref _sizes[size.Index]) > 0)
                .Select(size => new SizeCount(1 << size.Index, Interlocked.Read(ref _sizes[size.Index]))),
        ],
        Refused = Interlocked.Read(ref _ends[(int)RequestEnd.Refused]),
        Expired = Interlocked.Read(ref _ends[(int)RequestEnd.Expired]),
        Cancelled = Interlocked.Read(ref _ends[(int)RequestEnd.Cancelled]),
    };
}

/// <summary>How a request ends that gets no rows.</summary>
internal enum RequestEnd
{
    /// <summary>The queue had no room, or not in time.</summary>
    Refused,

    /// <summary>Its time was over.</summary>
    Expired,

    /// <summary>Its caller went away.</summary>
    Cancelled,
}
