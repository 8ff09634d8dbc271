namespace ScoringCluster.Engine.Hosting;

/// <summary>Where a replica's model is, while it loads, serves and goes.</summary>
internal sealed class ModelSlot
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoadedModel? _model;
    private int _leases;
    private bool _draining;

    /// <summary>The load that was started first; later callers wait for the same one.</summary>
    public required Task<LoadedModel> Load { get; init; }

    public void Publish(LoadedModel model)
    {
        lock (_gate)
        {
            _model = model;
        }
    }

    public ModelLease? TryLease()
    {
        lock (_gate)
        {
            if (_model is null || _draining)
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
            if (--_leases == 0 && _draining)
            {
                _drained.TrySetResult();
            }
        }
    }

    /// <summary>No new leases; ends when the last one is returned.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            _draining = true;
            if (_leases == 0)
            {
                _drained.TrySetResult();
            }

            return _drained.Task;
        }
    }
}
