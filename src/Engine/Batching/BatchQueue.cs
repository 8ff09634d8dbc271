using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// The queue of one loaded model: two bounded lanes. Nothing is delayed unless an option says so: a free slot takes
/// what is there, up to the size that pays (<see cref="BatchSizes"/>), and rows gather while all slots are busy.
/// </summary>
internal sealed class BatchQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BatchGroups _groups;
    private readonly BatchPolicy _policy;
    private readonly BatchAdmission _admission;
    private readonly LaneQueue[] _lanes;
    private readonly BatchingOptions _options;
    private readonly DeviceSlots _slots;
    private readonly TimeProvider _time;
    private readonly DeadlineTimer _deadlines;
    private readonly DeadlineTimer _delays;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Batch> _executing = [];
    private int _inUse;
    private bool _closed;

    public BatchQueue(
        IEnumerable<ModelSignature> signatures, BatchRunner runner, BatchingOptions options, DeviceSlots slots,
        TimeProvider time)
    {
        _groups = new BatchGroups(signatures, options.RowsMax);
        _policy = new BatchPolicy(options, time);
        _admission = new BatchAdmission(options, _groups, time);
        _lanes = [new(options.PriorityLevels), new(options.PriorityLevels)];
        Runner = runner;
        _options = options;
        _slots = slots;
        _time = time;
        _deadlines = new DeadlineTimer(time, Expire);
        _delays = new DeadlineTimer(time, EndDelay);
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

    /// <summary>What is set, learned, waiting and done.</summary>
    public BatchingReport Report()
    {
        LaneReport[] lanes;
        lock (_gate)
        {
            lanes = [.. _lanes.Select((waiting, lane) =>
                BatchingReports.Of((Lane)lane, waiting, Seconds((Lane)lane)))];
        }

        return new BatchingReport
        {
            Options = BatchingReports.Of(_options),
            Slots = _slots.Count,
            Lanes = [.. lanes],
            Sizes = [.. _groups.Known.Select(BatchingReports.Of).OfType<SizesReport>()],
            Totals = Runner.Statistics.Read(),
        };
    }

    /// <summary>True where a free slot has something to do.</summary>
    public bool IsReady(Lane lane)
    {
        lock (_gate)
        {
            return _policy.Choose(_lanes[(int)lane], _time.GetTimestamp()) is not null;
        }
    }

    /// <summary>Takes rows and answers when they ran, or with the reason why they did not. The inputs are the queue's
    /// from here on.</summary>
    public Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        // :: Step 6: Queue by signature and row shape, within the lane's bounds, until a slot, the deadline or the
        // caller's leave.
        if (_admission.Refuse(request, cancellationToken, out var cost) is { } refused)
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
            Runner.Statistics.OnEnded(RequestEnd.Refused);
            progress.Fail(full);
            Array.ForEach(progress.Parts, part => part.End());
            return progress.Answer;
        }

        // The answer goes straight to the caller: a method that awaited it here would be one more thread's turn.
        _slots.Signal(progress.Parts.Length);
        progress.Watch(cancellationToken);
        return progress.Answer;
    }

    /// <summary>The rows of the lane's next execution, which <see cref="OnExecuted"/> must follow; null where there is
    /// nothing to be executed now.</summary>
    public Batch? TryTake(Lane lane)
    {
        List<QueuedWork>? late = null;
        Batch? batch = null;
        lock (_gate)
        {
            var (waiting, now) = (_lanes[(int)lane], _time.GetTimestamp());
            while (batch is null && _policy.Choose(waiting, now) is { } first)
            {
                waiting.Remove(first);

                // Rows that cannot be there in time would only make those behind them late as well.
                if (!waiting.IsEmpty && _admission.EndOf(first, waiting) > first.Progress.Deadline)
                {
                    (late ??= []).Add(first);
                }
                else
                {
                    batch = Start(_policy.Gather(
                        first, waiting, lane == Lane.Online ? _lanes[(int)Lane.Archive] : null));
                }
            }
        }

        foreach (var part in late ?? [])
        {
            Abandon([part.Progress], RequestEnd.Expired, progress => progress.Expired());
            part.End();
        }

        return batch;
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
    public void Leave(RequestProgress progress) =>
        Abandon([progress], RequestEnd.Cancelled, _ => BatchAdmission.Cancelled());

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

        Abandon(waiting, RequestEnd.Refused, _ => Gone());
        return _idle.Task;
    }

    /// <summary>After <see cref="CloseAsync"/>.</summary>
    public void Dispose()
    {
        _deadlines.Dispose();
        _delays.Dispose();
    }

    private double Seconds(Lane lane) => _groups.WaitingSeconds(lane) / _slots.Count;

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
            progress.Parts[i] = new QueuedWork(progress, i, first, rows, bytes * rows / request.Rows, group)
            {
                Level = _policy.LevelOf(request),
            };
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
        if (progress.Parts.Length > 1 || !_policy.IsShort(part) || _slots.TryBorrow() is not { } slot)
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
        var bytes = BatchTensors.Bytes(progress.Request.Inputs);
        if (_admission.TooLarge(progress.Request.Rows, bytes) is { } tooLarge)
        {
            return tooLarge;
        }

        lock (_gate)
        {
            if (_closed)
            {
                return Gone();
            }

            var waiting = _lanes[(int)progress.Request.Lane];
            var seconds = Seconds(progress.Request.Lane);
            if (_admission.NoRoom(progress, bytes, waiting, seconds, _executing.Count >= _slots.Count) is { } full)
            {
                return full;
            }

            foreach (var part in progress.Parts)
            {
                waiting.Add(part);
            }

            _deadlines.NotAfter(Math.Min(progress.Deadline, _admission.QueuedUntil(progress)));
            if (_policy.WaitsUntil(progress.Parts[0]) is { } until)
            {
                _delays.NotAfter(until);
            }

            return null;
        }
    }

    /// <summary>The delay of some part may be over: a slot looks.</summary>
    private void EndDelay()
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _delays.Set(_lanes.SelectMany(lane => lane.Oldest).Select(_policy.WaitsUntil).OfType<long>()
                .Select(until => until <= now ? long.MaxValue : until).DefaultIfEmpty(long.MaxValue).Min());
        }

        _slots.Signal(_slots.Count);
    }

    /// <summary>Ends what is past its deadline, waiting or executing: nobody is kept for a slow execution.</summary>
    private void Expire()
    {
        var (expired, tired) = (new List<RequestProgress>(), new List<RequestProgress>());
        lock (_gate)
        {
            var (now, next) = (_time.GetTimestamp(), long.MaxValue);
            var waiting = _lanes.SelectMany(lane => lane.Parts).Select(part => part.Progress).ToHashSet();
            var executing = _executing.SelectMany(batch => batch.Parts).Select(part => part.Progress);
            foreach (var progress in waiting.Concat(executing).Distinct())
            {
                var queuedUntil = waiting.Contains(progress) ? _admission.QueuedUntil(progress) : long.MaxValue;
                if (progress.Deadline <= now)
                {
                    expired.Add(progress);
                }
                else if (queuedUntil <= now)
                {
                    tired.Add(progress);
                }
                else
                {
                    next = Math.Min(next, Math.Min(progress.Deadline, queuedUntil));
                }
            }

            if (!_closed)
            {
                _deadlines.Set(next);
            }
        }

        Abandon(expired, RequestEnd.Expired, progress => progress.Expired());
        Abandon(tired, RequestEnd.Refused, progress => _admission.Tired(Seconds(progress.Request.Lane)));
    }

    /// <summary>
    /// Takes out what still waits, then answers with the fault; parts that execute end by themselves. Room is made
    /// before the answer, so that a caller who comes again at once finds it.
    /// </summary>
    private void Abandon(
        IReadOnlyList<RequestProgress> requests, RequestEnd end, Func<RequestProgress, ScoringFault> fault)
    {
        List<QueuedWork> waited;
        lock (_gate)
        {
            waited = [.. requests.SelectMany(request => request.Parts)
                .Where(part => _lanes[(int)part.Request.Lane].Remove(part))];
        }

        foreach (var request in requests)
        {
            if (request.Fail(fault(request)))
            {
                Runner.Statistics.OnEnded(end);
            }
        }

        waited.ForEach(part => part.End());
    }

    private static ScoringFault Gone() => new(FaultKind.ReplicaGone, "The model is being unloaded.");
}
