using System.Collections.Concurrent;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The queue of one loaded model: two bounded lanes, first in first out. Nothing is delayed: a free slot takes what is
/// there, up to the size that pays (<see cref="BatchSizes"/>), and rows gather while all slots are busy.
/// </summary>
internal sealed class BatchQueue
{
    /// <summary>Bytes that one batch gathers: its buffer has to stay below 2 GiB.</summary>
    private const long BatchBytesMax = 1L << 30;

    /// <summary>Row shapes whose costs are learned; callers choose shapes, and others are served as well.</summary>
    private const int GroupsMax = 64;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<BatchGroup, BatchGroup> _groups = new();
    private readonly LaneQueue[] _lanes = [new(), new()];
    private readonly SignatureCost[] _costs;
    private readonly BatchingOptions _options;
    private readonly DeviceSlots _slots;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executing;
    private bool _closed;

    public BatchQueue(
        IEnumerable<ModelSignature> signatures, BatchRunner runner, BatchingOptions options, DeviceSlots slots,
        TimeProvider time)
    {
        _costs = [.. signatures.Select(signature => new SignatureCost(signature))];
        Runner = runner;
        _options = options;
        _slots = slots;
        _time = time;
    }

    public BatchRunner Runner { get; }

    /// <summary>Seconds of work that wait, if the device's slots worked on nothing else.</summary>
    public double QueuedSeconds => Seconds(Lane.Online) + Seconds(Lane.Archive);

    public long QueuedRows(Lane lane)
    {
        lock (_gate)
        {
            return _lanes[(int)lane].Rows;
        }
    }

    public bool Waits(Lane lane)
    {
        lock (_gate)
        {
            return !_lanes[(int)lane].IsEmpty;
        }
    }

    /// <summary>Takes rows and answers when they ran, or with the reason why they did not. The inputs are the queue's
    /// from here on.</summary>
    public Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        // :: Step 6: Queue by signature and row shape, within the lane's bounds, until a slot, the deadline or the
        // caller's leave.
        if (Refuse(request, cancellationToken, out var cost) is { } refused)
        {
            BatchTensors.Return(request.Inputs);
            return Task.FromResult(BatchOutcome.Failed(refused));
        }

        var parts = Split(request, cost!);
        var progress = parts[0].Progress;
        if (TryEnqueue(request.Lane, parts) is { } full)
        {
            progress.Fail(full);
            Array.ForEach(parts, part => part.End());
            return progress.Answer;
        }

        // The answer goes straight to the caller: a method that awaited it here would be one more thread's turn.
        _slots.Signal(parts.Length);
        var wait = new Waiting(this, parts);
        progress.Guard(
            request.TimeLeft == Timeout.InfiniteTimeSpan ? null : _time.CreateTimer(
                static state => ((Waiting)state!).Expire(), wait, Within(request.TimeLeft), Timeout.InfiniteTimeSpan),
            cancellationToken.UnsafeRegister(static state => ((Waiting)state!).Leave(), wait));
        return progress.Answer;
    }

    /// <summary>The rows of the lane's next execution, which <see cref="OnExecuted"/> must follow; null where nothing
    /// waits.</summary>
    public Batch? TryTake(Lane lane)
    {
        lock (_gate)
        {
            var waiting = _lanes[(int)lane];
            if (waiting.TakeOldest() is not { } first)
            {
                return null;
            }

            _executing++;
            var parts = new List<QueuedWork> { first };
            if (first.Alone)
            {
                return new Batch(
                    parts, first.Rows, first.Request.Exclusive ? BatchCloseReason.Exclusive : BatchCloseReason.Single);
            }

            var (rows, bytes) = (first.Rows, first.Bytes);
            var most = Math.Max(rows, first.Group.Sizes?.Next(waiting.Rows + rows) ?? _options.RowsMax);
            while (rows < most && waiting.OldestOf(first.Group) is { } next)
            {
                if (rows + next.Rows > most || bytes + next.Bytes > BatchBytesMax)
                {
                    return new Batch(
                        parts, rows,
                        rows + next.Rows > _options.RowsMax ? BatchCloseReason.NextTooLarge : BatchCloseReason.Cost);
                }

                waiting.Remove(next);
                parts.Add(next);
                rows += next.Rows;
                bytes += next.Bytes;
            }

            return new Batch(parts, rows, rows >= _options.RowsMax ? BatchCloseReason.Full
                : waiting.IsEmpty ? BatchCloseReason.Idle
                : rows >= most ? BatchCloseReason.Cost : BatchCloseReason.Shape);
        }
    }

    /// <summary>The model may be tidied, which <see cref="OnExecuted"/> must follow; false when it goes.</summary>
    public bool TryTrim()
    {
        lock (_gate)
        {
            _executing += _closed ? 0 : 1;
            return !_closed;
        }
    }

    /// <summary>A batch of <see cref="TryTake"/> is over: the model is not in use by it any more.</summary>
    public void OnExecuted()
    {
        lock (_gate)
        {
            if (--_executing == 0 && _closed)
            {
                _idle.TrySetResult();
            }
        }
    }

    /// <summary>
    /// Refuses new rows and fails those that wait: the model goes. Ends when no execution is left, since rows whose
    /// caller was answered early (cancelled, expired) may still run.
    /// </summary>
    public Task CloseAsync()
    {
        List<QueuedWork> waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = [.. _lanes.SelectMany(lane => lane.Parts)];
            if (_executing == 0)
            {
                _idle.TrySetResult();
            }
        }

        Abandon(waiting, Gone());
        return _idle.Task;
    }

    private double Seconds(Lane lane)
    {
        var seconds = 0.0;
        foreach (var cost in _costs)
        {
            seconds += cost.WaitingSeconds(lane);
        }

        return seconds / _slots.Count;
    }

    private ScoringFault? Refuse(BatchRequest request, CancellationToken cancellationToken, out SignatureCost? cost)
    {
        // By name: a caller may hold the signature of an earlier load of the same version.
        cost = Array.Find(_costs, c => c.Signature.Name == request.Signature.Name);
        if (cost is null)
        {
            return new ScoringFault(
                FaultKind.RequestInvalid, $"The model has no signature '{request.Signature.Name}'.");
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return Cancelled();
        }

        if (request.TimeLeft <= TimeSpan.Zero && request.TimeLeft != Timeout.InfiniteTimeSpan)
        {
            return new ScoringFault(FaultKind.DeadlineExceeded, "The deadline passed before the rows were queued.");
        }

        return RequestCheck.Check(cost.Signature, request);
    }

    private QueuedWork[] Split(BatchRequest request, SignatureCost cost)
    {
        var group = GroupOf(cost, request.Inputs);

        // A fixed batch is one execution whatever this silo's options say: its size is part of the job's identity.
        var most = !cost.Signature.Batched ? int.MaxValue
            : request is { Exclusive: true, PadToRows: > 0 } ? request.PadToRows
            : group.Sizes?.SplitRows ?? _options.RowsMax;
        var count = ((request.Rows - 1) / most) + 1;
        var progress = new RequestProgress(request, count, _time);
        var bytes = request.Inputs.Sum(t => (long)t.ByteLength);
        var parts = new QueuedWork[count];
        for (var i = 0; i < count; i++)
        {
            var first = i * most;
            var rows = Math.Min(most, request.Rows - first);
            parts[i] = new QueuedWork(progress, first, rows, bytes * rows / request.Rows, group);
        }

        return parts;
    }

    private BatchGroup GroupOf(SignatureCost cost, IReadOnlyList<Tensor> inputs)
    {
        var group = new BatchGroup(cost, inputs);
        if (_groups.TryGetValue(group, out var known))
        {
            return known;
        }

        return _options.CapByCost && cost.Signature.Batched && _groups.Count < GroupsMax
            ? _groups.GetOrAdd(group, new BatchGroup(cost, inputs) { Sizes = new BatchSizes(_options.RowsMax) })
            : group;
    }

    private ScoringFault? TryEnqueue(Lane lane, QueuedWork[] parts)
    {
        var (rows, bytes) = (parts.Sum(p => (long)p.Rows), parts.Sum(p => p.Bytes));
        if (rows > _options.QueueRowsMax || bytes > _options.QueueBytesMax)
        {
            return new ScoringFault(
                FaultKind.RequestTooLarge,
                $"The request has {rows} rows and {bytes} bytes; the queue takes {_options.QueueRowsMax} rows and "
                    + $"{_options.QueueBytesMax} bytes.");
        }

        lock (_gate)
        {
            if (_closed)
            {
                return Gone();
            }

            var waiting = _lanes[(int)lane];
            if (waiting.Rows + rows > _options.QueueRowsMax || waiting.Bytes + bytes > _options.QueueBytesMax)
            {
                return new ScoringFault(
                    FaultKind.Overloaded, $"The queue is full: {waiting.Rows} rows and {waiting.Bytes} bytes wait.")
                {
                    RetryAfter = TimeSpan.FromSeconds(Math.Max(0.001, Seconds(lane))),
                };
            }

            Array.ForEach(parts, waiting.Add);
            return null;
        }
    }

    /// <summary>
    /// Takes out what still waits, then answers with the fault; parts that execute end by themselves. Room is made
    /// before the answer, so that a caller who comes again at once finds it.
    /// </summary>
    private void Abandon(IReadOnlyList<QueuedWork> parts, ScoringFault fault)
    {
        List<QueuedWork> waited;
        lock (_gate)
        {
            waited = [.. parts.Where(part => _lanes[(int)part.Request.Lane].Remove(part))];
        }

        foreach (var part in parts)
        {
            part.Progress.Fail(fault);
        }

        waited.ForEach(part => part.End());
    }

    private static TimeSpan Within(TimeSpan timeLeft) =>
        timeLeft < Limits.RequestTimeMax ? timeLeft : Limits.RequestTimeMax;

    private static ScoringFault Gone() => new(FaultKind.ReplicaGone, "The model is being unloaded.");

    private static ScoringFault Cancelled() => new(FaultKind.Cancelled, "The caller went away.");

    /// <summary>A request that may end before it runs.</summary>
    private sealed class Waiting(BatchQueue queue, QueuedWork[] parts)
    {
        public void Expire() => queue.Abandon(parts, parts[0].Progress.Expired());

        public void Leave() => queue.Abandon(parts, Cancelled());
    }
}
