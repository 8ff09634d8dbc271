using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The queue of one loaded model: two bounded lanes, first in first out. Nothing is delayed: a free slot takes what is
/// there, and rows gather while all slots are busy.
/// </summary>
internal sealed class BatchQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<QueuedWork>[] _lanes = [new(), new()];
    private readonly long[] _rows = new long[2];
    private readonly long[] _bytes = new long[2];
    private readonly BatchingOptions _options;
    private readonly LanePolicy _policy;
    private readonly DeviceSlots _slots;
    private readonly TimeProvider _time;
    private bool _closed;

    public BatchQueue(
        BatchingOptions options, DeviceSlots slots, TimeProvider time, Func<BatchQueue, BatchRunner> runner)
    {
        _options = options;
        _policy = new LanePolicy(options.ArchiveTurn);
        _slots = slots;
        _time = time;
        Runner = runner(this);
    }

    public BatchRunner Runner { get; }

    public CostEstimate Cost { get; } = new();

    /// <summary>Seconds of work that wait, if the device worked on nothing else.</summary>
    public double QueuedSeconds =>
        (Interlocked.Read(ref _rows[0]) + Interlocked.Read(ref _rows[1])) * Cost.SecondsPerRow;

    public long QueuedRows(Lane lane) => Interlocked.Read(ref _rows[(int)lane]);

    /// <summary>Takes rows and answers when they ran, or with the reason why they did not. The inputs are the queue's
    /// from here on.</summary>
    public async Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        // :: Step 6: Queue by signature and row shape, within the lane's bounds, until a slot, the deadline or the
        // caller's leave.
        var parts = Split(request, out var progress);
        if (TryEnqueue(request.Lane, parts) is { } refused)
        {
            progress.Fail(refused);
            foreach (var _ in parts)
            {
                progress.EndPart();
            }

            return await progress.Answer.ConfigureAwait(false);
        }

        _slots.Signal(parts.Length);
        using var expiry = request.TimeLeft == Timeout.InfiniteTimeSpan
            ? null
            : _time.CreateTimer(
                _ => Abandon(parts, Expired(request)), null, Positive(request.TimeLeft), Timeout.InfiniteTimeSpan);
        using var left = cancellationToken.UnsafeRegister(
            _ => Abandon(parts, new ScoringFault(FaultKind.Cancelled, "The caller went away.")), null);
        return await progress.Answer.ConfigureAwait(false);
    }

    /// <summary>The rows of the next execution; null where nothing waits.</summary>
    public Batch? TryTake()
    {
        lock (_gate)
        {
            var (online, archive) = (_lanes[0], _lanes[1]);
            if (online.Count + archive.Count == 0)
            {
                return null;
            }

            var lane = (int)_policy.Next(online.Count > 0, archive.Count > 0);
            var first = Take(lane);
            var parts = new List<QueuedWork> { first };
            var rows = first.Rows;
            if (first.Alone)
            {
                return new Batch(parts, rows, BatchCloseReason.Exclusive);
            }

            while (_lanes[lane].First?.Value is { } next)
            {
                if (next.Alone || !next.Group.Equals(first.Group))
                {
                    return new Batch(parts, rows, BatchCloseReason.Shape);
                }

                if (rows + next.Rows > _options.RowsMax)
                {
                    return new Batch(
                        parts, rows, rows >= _options.RowsMax ? BatchCloseReason.Full : BatchCloseReason.NextTooLarge);
                }

                parts.Add(Take(lane));
                rows += next.Rows;
            }

            return new Batch(parts, rows, rows >= _options.RowsMax ? BatchCloseReason.Full : BatchCloseReason.Idle);
        }
    }

    /// <summary>Refuses new rows and fails those that wait: the model goes.</summary>
    public void Close()
    {
        List<QueuedWork> waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = [.. _lanes[0], .. _lanes[1]];
        }

        Abandon(waiting, Gone());
    }

    private QueuedWork[] Split(BatchRequest request, out RequestProgress progress)
    {
        var most = request.Signature.Batched ? _options.RowsMax : int.MaxValue;
        var count = Math.Max(1, (request.Rows + most - 1) / most);
        progress = new RequestProgress(request, count, _time);
        var group = new BatchGroup(request.Signature, request.Inputs);
        var bytes = request.Inputs.Sum(t => (long)t.ByteLength);
        var parts = new QueuedWork[count];
        for (var i = 0; i < count; i++)
        {
            var first = i * most;
            var rows = Math.Min(most, request.Rows - first);
            parts[i] = new QueuedWork(request, progress, first, rows, bytes * rows / Math.Max(1, request.Rows), group);
        }

        return parts;
    }

    private ScoringFault? TryEnqueue(Lane lane, QueuedWork[] parts)
    {
        var (at, rows, bytes) = ((int)lane, parts.Sum(p => (long)p.Rows), parts.Sum(p => p.Bytes));
        lock (_gate)
        {
            if (_closed)
            {
                return Gone();
            }

            if (rows > _options.QueueRowsMax || bytes > _options.QueueBytesMax)
            {
                return new ScoringFault(
                    FaultKind.RequestTooLarge,
                    $"The request has {rows} rows and {bytes} bytes; the queue takes {_options.QueueRowsMax} rows and "
                        + $"{_options.QueueBytesMax} bytes.");
            }

            if (_rows[at] + rows > _options.QueueRowsMax || _bytes[at] + bytes > _options.QueueBytesMax)
            {
                return new ScoringFault(
                    FaultKind.Overloaded, $"The queue is full: {_rows[at]} rows and {_bytes[at]} bytes wait.")
                {
                    RetryAfter = TimeSpan.FromSeconds(Math.Max(0.001, QueuedSeconds)),
                };
            }

            foreach (var part in parts)
            {
                part.Place = _lanes[at].AddLast(part);
            }

            _rows[at] += rows;
            _bytes[at] += bytes;
            return null;
        }
    }

    private QueuedWork Take(int lane)
    {
        var part = _lanes[lane].First!.Value;
        Unlink(part);
        return part;
    }

    private void Unlink(QueuedWork part)
    {
        var lane = (int)part.Request.Lane;
        _lanes[lane].Remove(part.Place!);
        part.Place = null;
        _rows[lane] -= part.Rows;
        _bytes[lane] -= part.Bytes;
    }

    /// <summary>Answers with a fault and takes out what still waits; parts that execute end by themselves.</summary>
    private void Abandon(IReadOnlyList<QueuedWork> parts, ScoringFault fault)
    {
        foreach (var part in parts)
        {
            part.Progress.Fail(fault);
            bool waited;
            lock (_gate)
            {
                waited = part.Place is not null;
                if (waited)
                {
                    Unlink(part);
                }
            }

            if (waited)
            {
                part.Progress.EndPart();
            }
        }
    }

    private static ScoringFault Gone() => new(FaultKind.ReplicaGone, "The model is being unloaded.");

    private static ScoringFault Expired(BatchRequest request) =>
        new(FaultKind.DeadlineExceeded,
            $"The deadline of {request.TimeLeft.TotalMilliseconds:0} ms passed before an answer.");

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
