using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// A request while its parts are queued or run: collects the parts' rows in order and answers once, with the first
/// fault or with everything.
/// </summary>
internal sealed class RequestProgress
{
    private readonly Lock _gate = new();
    private readonly BatchRequest _request;
    private readonly TimeProvider _time;
    private readonly long _arrived;
    private readonly TaskCompletionSource<BatchOutcome> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedDictionary<int, IReadOnlyList<Tensor>> _done = [];
    private int _open;
    private int _rowsDone;
    private bool _answered;
    private TimeSpan? _queued;
    private TimeSpan _computed;
    private int _batchRows;

    /// <param name="parts">How many parts will end.</param>
    public RequestProgress(BatchRequest request, int parts, TimeProvider time)
    {
        _request = request;
        _time = time;
        _arrived = time.GetTimestamp();
        _open = parts;
    }

    public Task<BatchOutcome> Answer => _answer.Task;

    public TimeSpan Age => _time.GetElapsedTime(_arrived);

    public bool IsAnswered => Volatile.Read(ref _answered);

    /// <summary>A part starts to execute: the wait of the request is the wait of its first part.</summary>
    public void Start(int batchRows)
    {
        lock (_gate)
        {
            _queued ??= Age;
            _batchRows = Math.Max(_batchRows, batchRows);
        }
    }

    /// <summary>A part ended with rows; the request owns the tensors from here on.</summary>
    public void Complete(int firstRow, int rows, IReadOnlyList<Tensor> outputs, TimeSpan computed)
    {
        lock (_gate)
        {
            _computed += computed;
            _rowsDone += rows;
            if (_answered)
            {
                Return(outputs);
            }
            else
            {
                _done.Add(firstRow, outputs);
                if (_rowsDone == _request.Rows)
                {
                    _answered = true;
                    _answer.TrySetResult(new BatchOutcome(null, Merge(), _queued ?? Age, _computed, _batchRows));
                }
            }
        }

        EndPart();
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
                Return(outputs);
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
            Return(_request.Inputs);
        }
    }

    private IReadOnlyList<Tensor> Merge()
    {
        if (_done.Count == 1)
        {
            return _done.Values.First();
        }

        var parts = _done.Values.ToList();
        var merged = new List<Tensor>();
        for (var i = 0; i < _request.Signature.Outputs.Length; i++)
        {
            merged.Add(RowCopy.Join(parts.ConvertAll(part => part[i]), _request.Rows));
        }

        parts.ForEach(Return);
        return merged;
    }

    private static void Return(IReadOnlyList<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
