namespace ScoringCluster.Engine.Hosting;

/// <summary>Use of a loaded model: it stays loaded until the last lease is returned. Hold it for one call, not
/// longer.</summary>
public sealed class ModelLease : IDisposable
{
    private readonly ModelSlot _slot;
    private int _returned;

    internal ModelLease(ModelSlot slot, LoadedModel model)
    {
        _slot = slot;
        Model = model;
    }

    public LoadedModel Model { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            _slot.Return();
        }
    }
}
