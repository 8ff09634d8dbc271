using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// A request while its parts are queued or run: collects the parts' rows in order and answers once, with the first
/// fault or with everything.
/// </summary>
internal sealed class RequestProgress
{
    private readonly Lock _gate = new();
    private readonly BatchQueue _queue;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<BatchOutcome> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JoinedOutputs? _joined;
    private CancellationTokenRegistration _left;
    private int _open;
    private int _rowsDone;
    private bool _answered;
    private TimeSpan? _queued;
    private TimeSpan _computed;
    private int _batchRows;

    /// <param name="parts">How many parts will end.</param>
    public RequestProgress(BatchQueue queue, BatchRequest request, int parts, TimeProvider time)
    {
        Request = request;
        Parts = new QueuedWork[parts];
        _queue = queue;
        _time = time;
        Arrived = time.GetTimestamp();
        _open = parts;
        Deadline = request.TimeLeft == Timeout.InfiniteTimeSpan
            ? long.MaxValue
            : Arrived + (long)(Within(request.TimeLeft).TotalSeconds * time.TimestampFrequency);
    }

    public BatchRequest Request { get; }

    /// <summary>All parts, in the order of their rows; the queue fills them in.</summary>
    public QueuedWork[] Parts { get; }

    /// <summary>The clock's timestamp at which the request came.</summary>
    public long Arrived { get; }

    /// <summary>The clock's timestamp from which nobody waits for an answer; the largest where there is none.</summary>
    public long Deadline { get; }

    public Task<BatchOutcome> Answer => _answer.Task;

    public TimeSpan Age => _time.GetElapsedTime(Arrived);

    /// <summary>What the caller hears when its time is over.</summary>
    public ScoringFault Expired() => new(
        FaultKind.DeadlineExceeded,
        $"The deadline of {Request.TimeLeft.TotalMilliseconds:0} ms passed before an answer.");

    /// <summary>
    /// A part is about to execute; false where nobody waits for it any more. A late timer must not make rows run
    /// whose deadline has passed, so the clock is asked as well.
    /// </summary>
    public bool TryStart()
    {
        if (_time.GetTimestamp() >= Deadline)
        {
            Fail(Expired());
        }

        lock (_gate)
        {
            // The wait of the request is the wait of its first part.
            _queued ??= Age;
            return !_answered;
        }
    }

    /// <summary>From now on the caller may leave, until it has its answer.</summary>
    public void Watch(CancellationToken caller)
    {
        if (!caller.CanBeCanceled)
        {
            return;
        }

        var left = caller.UnsafeRegister(static state =>
        {
            var progress = (RequestProgress)state!;
            progress._queue.Leave(progress);
        }, this);
        lock (_gate)
        {
            if (!_answered)
            {
                _left = left;
                return;
            }
        }

        left.Unregister();
    }

    /// <summary>The one part has its rows; the request owns the tensors from here on.</summary>
    /// <param name="batchRows">Rows of the execution.</param>
    public void Complete(QueuedWork part, ImmutableArray<Tensor> outputs, TimeSpan computed, int batchRows)
    {
        BatchOutcome? outcome = null;
        lock (_gate)
        {
            if (_answered)
            {
                BatchTensors.Return(outputs);
            }
            else
            {
                Count(part, computed, batchRows);
                outcome = Scored(outputs);
                _answered = true;
            }
        }

        SetAnswer(outcome);
        part.End();
    }

    /// <summary>One of several parts has executed.</summary>
    /// <param name="batch">Outputs of the execution, of which the part's rows are copied.</param>
    /// <param name="at">The part's first row there.</param>
    public void Add(QueuedWork part, ReadOnlySpan<Tensor?> batch, int at, TimeSpan computed, int batchRows)
    {
        BatchOutcome? outcome = null;
        lock (_gate)
        {
            if (!_answered)
            {
                Count(part, computed, batchRows);
                outcome = Join(part, batch, at);
                _answered = outcome is not null;
            }
        }

        SetAnswer(outcome);
        part.End();
    }

    /// <summary>The request fails, whatever other parts do; the first fault is the answer.</summary>
    /// <returns>False where it was answered already.</returns>
    public bool Fail(ScoringFault fault)
    {
        BatchOutcome outcome;
        lock (_gate)
        {
            if (_answered)
            {
                return false;
            }

            _answered = true;
            _joined?.Return();
            outcome = BatchOutcome.Failed(fault, _queued ?? Age);
        }

        SetAnswer(outcome);
        return true;
    }

    /// <summary>A part is over, with or without rows. The last one returns the inputs: nobody reads them any
    /// more.</summary>
    public void EndPart()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            BatchTensors.Return(Request.Inputs);
        }
    }

    private static TimeSpan Within(TimeSpan timeLeft) =>
        timeLeft < Limits.RequestTimeMax ? timeLeft : Limits.RequestTimeMax;

    /// <summary>Outside the lock: registrations have locks of their own.</summary>
    private void SetAnswer(BatchOutcome? outcome)
    {
        if (outcome is not null)
        {
            _left.Unregister();
            _answer.TrySetResult(outcome);
        }
    }

    private BatchOutcome Scored(ImmutableArray<Tensor> outputs) =>
        new(null, outputs, _queued ?? Age, _computed, _batchRows);

    private void Count(QueuedWork part, TimeSpan computed, int batchRows)
    {
        _rowsDone += part.Rows;
        _computed += computed;
        _batchRows = Math.Max(_batchRows, batchRows);
    }

    /// <returns>The answer with the last part, or where there can be none; else null.</returns>
    private BatchOutcome? Join(QueuedWork part, ReadOnlySpan<Tensor?> batch, int at)
    {
        _joined ??= new JoinedOutputs(Request.Signature, Request.Rows, Parts.Length, TensorBlockPool.Shared);
        try
        {
            _joined.Add(part, batch, at);
            if (_rowsDone < Request.Rows)
            {
                return null;
            }

            var outputs = _joined.Take(out var ragged);
            return ragged is null
                ? Scored(outputs)
                : Unjoined($"The rows of output '{ragged}' have different shapes in the executions of the request.");
        }
        catch (Exception e) when (e is OverflowException or OutOfMemoryException)
        {
            _joined.Return();
            return Unjoined($"The answer to {Request.Rows} rows is larger than a tensor may be: send fewer at a time.");
        }
    }

    private BatchOutcome Unjoined(string problem) =>
        BatchOutcome.Failed(new ScoringFault(FaultKind.ModelFailed, problem), _queued ?? Age);
}
