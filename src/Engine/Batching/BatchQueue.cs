using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The queue of one loaded model: two bounded lanes, first in first out. Nothing is delayed: a free slot takes what is
/// there, up to the size that pays (<see cref="BatchSizes"/>), and rows gather while all slots are busy.
/// </summary>
internal sealed class BatchQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BatchGroups _groups;
    private readonly BatchPolicy _policy;
    private readonly LaneQueue[] _lanes = [new(), new()];
    private readonly BatchingOptions _options;
    private readonly DeviceSlots _slots;
    private readonly TimeProvider _time;
    private readonly DeadlineTimer _deadlines;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Batch> _executing = [];
    private int _inUse;
    private bool _closed;

    public BatchQueue(
        IEnumerable<ModelSignature> signatures, BatchRunner runner, BatchingOptions options, DeviceSlots slots,
        TimeProvider time)
    {
        _groups = new BatchGroups(signatures, options.RowsMax);
        _policy = new BatchPolicy(options);
        Runner = runner;
        _options = options;
        _slots = slots;
        _time = time;
        _deadlines = new DeadlineTimer(time, Expire);
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

        var progress = Split(request, cost!);
        if (TryRunHere(progress))
        {
            return progress.Answer;
        }

        if (TryEnqueue(progress) is { } full)
        {
            progress.Fail(full);
            Array.ForEach(progress.Parts, part => part.End());
            return progress.Answer;
        }

        // The answer goes straight to the caller: a method that awaited it here would be one more thread's turn.
        _slots.Signal(progress.Parts.Length);
        progress.Watch(cancellationToken);
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

            return Start(_policy.Gather(first, waiting));
        }
    }

    /// <summary>The model may be tidied, which <see cref="OnTrimmed"/> must follow; false when it goes.</summary>
    public bool TryTrim()
    {
        lock (_gate)
        {
            _inUse += _closed ? 0 : 1;
            return !_closed;
        }
    }

    public void OnTrimmed()
    {
        lock (_gate)
        {
            Leave();
        }
    }

    /// <summary>A batch of <see cref="TryTake"/> is over: the model is not in use by it any more.</summary>
    public void OnExecuted(Batch batch)
    {
        lock (_gate)
        {
            _executing.Remove(batch);
            Leave();
        }
    }

    /// <summary>The request's caller went away: its place is another's.</summary>
    public void Leave(RequestProgress progress) => Abandon([progress], _ => Cancelled());

    /// <summary>
    /// Refuses new rows and fails those that wait: the model goes. Ends when no execution is left, since rows whose
    /// caller was answered early (cancelled, expired) may still run.
    /// </summary>
    public Task CloseAsync()
    {
        List<RequestProgress> waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = [.. _lanes.SelectMany(lane => lane.Parts).Select(part => part.Progress).Distinct()];
            if (_inUse == 0)
            {
                _idle.TrySetResult();
            }
        }

        Abandon(waiting, _ => Gone());
        return _idle.Task;
    }

    /// <summary>After <see cref="CloseAsync"/>.</summary>
    public void Dispose() => _deadlines.Dispose();

    private double Seconds(Lane lane) => _groups.WaitingSeconds(lane) / _slots.Count;

    private ScoringFault? Refuse(BatchRequest request, CancellationToken cancellationToken, out SignatureCost? cost)
    {
        cost = _groups.Find(request.Signature.Name);
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

    private RequestProgress Split(BatchRequest request, SignatureCost cost)
    {
        var group = _groups.Of(cost, request.Inputs);
        var most = _policy.PartRows(request, group);
        var progress = new RequestProgress(this, request, ((request.Rows - 1) / most) + 1, _time);
        var bytes = BatchTensors.Bytes(request.Inputs);
        for (var i = 0; i < progress.Parts.Length; i++)
        {
            var first = i * most;
            var rows = Math.Min(most, request.Rows - first);
            progress.Parts[i] = new QueuedWork(progress, first, rows, bytes * rows / request.Rows, group);
        }

        return progress;
    }

    /// <summary>
    /// Runs small work on the caller's own thread while a slot is free and nothing waits: handing it to another thread
    /// and back would take longer than its rows.
    /// </summary>
    private bool TryRunHere(RequestProgress progress)
    {
        var part = progress.Parts[0];
        if (progress.Parts.Length > 1 || !BatchPolicy.IsShort(part) || _slots.TryBorrow() is not { } slot)
        {
            return false;
        }

        try
        {
            Batch batch;
            lock (_gate)
            {
                if (_closed)
                {
                    return false;
                }

                batch = Start(new Batch([part], part.Rows, BatchCloseReason.Idle));
            }

            Runner.Run(batch, slot);
            OnExecuted(batch);
            return true;
        }
        finally
        {
            _slots.Return(slot);
        }
    }

    /// <summary>The batch uses the model, until <see cref="OnExecuted"/>; under the lock.</summary>
    private Batch Start(Batch batch)
    {
        _inUse++;
        _executing.Add(batch);
        return batch;
    }

    /// <summary>One use of the model less; under the lock.</summary>
    private void Leave()
    {
        if (--_inUse == 0 && _closed)
        {
            _idle.TrySetResult();
        }
    }

    private ScoringFault? TryEnqueue(RequestProgress progress)
    {
        var (rows, bytes) = (progress.Request.Rows, BatchTensors.Bytes(progress.Request.Inputs));
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

            var lane = progress.Request.Lane;
            var waiting = _lanes[(int)lane];
            if (waiting.Rows + rows > _options.QueueRowsMax || waiting.Bytes + bytes > _options.QueueBytesMax)
            {
                return new ScoringFault(
                    FaultKind.Overloaded, $"The queue is full: {waiting.Rows} rows and {waiting.Bytes} bytes wait.")
                {
                    RetryAfter = TimeSpan.FromSeconds(Math.Max(0.001, Seconds(lane))),
                };
            }

            foreach (var part in progress.Parts)
            {
                waiting.Add(part);
            }

            _deadlines.NotAfter(progress.Deadline);
            return null;
        }
    }

    /// <summary>Ends what is past its deadline, waiting or executing: nobody is kept for a slow execution.</summary>
    private void Expire()
    {
        var expired = new List<RequestProgress>();
        lock (_gate)
        {
            var (now, next) = (_time.GetTimestamp(), long.MaxValue);
            var parts = _lanes.SelectMany(lane => lane.Parts).Concat(_executing.SelectMany(batch => batch.Parts));
            foreach (var progress in parts.Select(part => part.Progress).Distinct())
            {
                if (progress.Deadline <= now)
                {
                    expired.Add(progress);
                }
                else
                {
                    next = Math.Min(next, progress.Deadline);
                }
            }

            if (!_closed)
            {
                _deadlines.Set(next);
            }
        }

        Abandon(expired, progress => progress.Expired());
    }

    /// <summary>
    /// Takes out what still waits, then answers with the fault; parts that execute end by themselves. Room is made
    /// before the answer, so that a caller who comes again at once finds it.
    /// </summary>
    private void Abandon(IReadOnlyList<RequestProgress> requests, Func<RequestProgress, ScoringFault> fault)
    {
        List<QueuedWork> waited;
        lock (_gate)
        {
            waited = [.. requests.SelectMany(request => request.Parts)
                .Where(part => _lanes[(int)part.Request.Lane].Remove(part))];
        }

        foreach (var request in requests)
        {
            request.Fail(fault(request));
        }

        waited.ForEach(part => part.End());
    }

    private static ScoringFault Gone() => new(FaultKind.ReplicaGone, "The model is being unloaded.");

    private static ScoringFault Cancelled() => new(FaultKind.Cancelled, "The caller went away.");
}
