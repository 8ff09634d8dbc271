using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// A request while its parts are queued or run: collects the parts' rows in order and answers once, with the first
/// fault or with everything.
/// </summary>
internal sealed class RequestProgress
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly long _arrived;
    private readonly TaskCompletionSource<BatchOutcome> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedList<int, IReadOnlyList<Tensor>> _done = [];
    private int _open;
    private int _rowsDone;
    private bool _answered;
    private TimeSpan? _queued;
    private TimeSpan _computed;
    private int _batchRows;

    /// <param name="parts">How many parts will end.</param>
    public RequestProgress(BatchRequest request, int parts, TimeProvider time)
    {
        Request = request;
        _time = time;
        _arrived = time.GetTimestamp();
        _open = parts;
    }

    public BatchRequest Request { get; }

    public Task<BatchOutcome> Answer => _answer.Task;

    public TimeSpan Age => _time.GetElapsedTime(_arrived);

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
        if (Request.TimeLeft != Timeout.InfiniteTimeSpan && Age >= Request.TimeLeft)
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

    /// <summary>A part has its rows; the request owns the tensors from here on.</summary>
    /// <param name="batchRows">Rows of the execution.</param>
    public void Complete(QueuedWork part, IReadOnlyList<Tensor> outputs, TimeSpan computed, int batchRows)
    {
        lock (_gate)
        {
            if (_answered)
            {
                BatchTensors.Return(outputs);
            }
            else
            {
                _done.Add(part.FirstRow, outputs);
                _rowsDone += part.Rows;
                _computed += computed;
                _batchRows = Math.Max(_batchRows, batchRows);
                if (_rowsDone == Request.Rows)
                {
                    AnswerWithRows();
                }
            }
        }

        part.End();
    }

    /// <summary>The request fails, whatever other parts do; the first fault is the answer.</summary>
    public void Fail(ScoringFault fault)
    {
        lock (_gate)
        {
            if (_answered)
            {
                return;
            }

            _answered = true;
            foreach (var outputs in _done.Values)
            {
                BatchTensors.Return(outputs);
            }

            _done.Clear();
            _answer.TrySetResult(BatchOutcome.Failed(fault, _queued ?? Age));
        }
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

    private void AnswerWithRows()
    {
        _answered = true;
        var (outputs, ragged) = (_done.Values[0], (string?)null);
        if (_done.Count > 1)
        {
            outputs = TensorRows.Join(TensorBlockPool.Shared, [.. _done.Values], Request.Rows, out ragged);
        }

        _answer.TrySetResult(outputs is not null
            ? new BatchOutcome(null, outputs, _queued ?? Age, _computed, _batchRows)
            : BatchOutcome.Failed(Ragged(ragged!), _queued ?? Age));
    }

    private static ScoringFault Ragged(string output) => new(
        FaultKind.ModelFailed,
        $"The rows of output '{output}' have different shapes in the executions of the split request.");
}
