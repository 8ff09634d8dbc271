using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Hosting;

/// <summary>Where a replica's model is, while it loads, serves and goes.</summary>
internal sealed class ModelSlot(CancellationToken stop)
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly TaskCompletionSource<LoadedModel> _loaded =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoadedModel? _model;
    private int _leases;
    private bool _leaving;

    /// <summary>The load that was started first; later callers wait for the same one.</summary>
    public Task<LoadedModel> Loaded => _loaded.Task;

    /// <summary>Ends when the model is unloaded.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Ends the load when the model is not wanted any more.</summary>
    public CancellationToken Cancelled => _cancel.Token;

    public bool IsLeaving
    {
        get
        {
            lock (_gate)
            {
                return _leaving;
            }
        }
    }

    public void Publish(LoadedModel model)
    {
        lock (_gate)
        {
            _model = model;
        }

        _loaded.SetResult(model);
    }

    public void Fail(ModelLoadException failure) => _loaded.SetException(failure);

    /// <summary>Null while it loads, and once it is to go.</summary>
    public ModelLease? TryLease()
    {
        lock (_gate)
        {
            if (_model is null || _leaving)
            {
                return null;
            }

            _leases++;
            return new ModelLease(this, _model);
        }
    }

    public void Return()
    {
        lock (_gate)
        {
            if (--_leases == 0 && _leaving)
            {
                _drained.TrySetResult();
            }
        }
    }

    /// <summary>No new leases. True for the first call: that caller sees the model off.</summary>
    public bool TryLeave()
    {
        lock (_gate)
        {
            if (_leaving)
            {
                return false;
            }

            _leaving = true;
            if (_leases == 0)
            {
                _drained.TrySetResult();
            }

            return true;
        }
    }

    /// <summary>Cancels a load that runs, waits for the last lease, then gives back what the model holds.</summary>
    /// <returns>The model that was unloaded; null where its load had failed.</returns>
    public async Task<LoadedModel?> LeaveAsync()
    {
        try
        {
            await _cancel.CancelAsync().ConfigureAwait(false);
            await ((Task)_loaded.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _drained.Task.ConfigureAwait(false);
            if (_model is not null)
            {
                await _model.CloseAsync().ConfigureAwait(false);
            }

            return _model;
        }
        finally
        {
            _cancel.Dispose();
        }
    }

    /// <summary>Whoever waits for the model to be gone goes on.</summary>
    public void SetGone() => _gone.TrySetResult();
}
