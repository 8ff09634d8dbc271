using System.Collections.Concurrent;
using Orleans.Runtime.Diagnostics;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// Every activation and deactivation in this process, as the runtime reports them: the grain classes under test are
/// counted as they are, without a hook in them.
/// </summary>
public sealed class ActivationLog : IObserver<GrainLifecycleEvents.LifecycleEvent>, IDisposable
{
    private readonly ConcurrentQueue<(GrainId Grain, SiloAddress Silo)> _activated = new();
    private readonly ConcurrentQueue<(GrainId Grain, SiloAddress Silo, DeactivationReasonCode Reason)> _deactivated =
        new();

    private readonly IDisposable _subscription;
    private TaskCompletionSource _changed = NewSignal();

    public ActivationLog() => _subscription = GrainLifecycleEvents.AllEvents.Subscribe(this);

    /// <summary>Where grains were activated; one that was activated twice comes twice.</summary>
    public IReadOnlyList<SiloAddress> ActivatedOn(IReadOnlySet<GrainId> grains) =>
        [.. _activated.Where(a => grains.Contains(a.Grain)).Select(a => a.Silo)];

    /// <summary>Why grains were deactivated on a silo.</summary>
    public IReadOnlyList<DeactivationReasonCode> DeactivatedOn(SiloAddress silo, IReadOnlySet<GrainId> grains) =>
        [.. _deactivated.Where(d => d.Silo.Equals(silo) && grains.Contains(d.Grain)).Select(d => d.Reason)];

    /// <summary>Ends when the first of the grains is being deactivated on the silo.</summary>
    public async Task FirstDeactivationAsync(SiloAddress silo, IReadOnlySet<GrainId> grains)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (DeactivatedOn(silo, grains).Count > 0)
            {
                return;
            }

            await changed.WaitAsync(PinnedCluster.Patience, TestContext.Current.CancellationToken);
        }
    }

    public void OnNext(GrainLifecycleEvents.LifecycleEvent value)
    {
        var address = value.GrainContext.Address;
        switch (value)
        {
            case GrainLifecycleEvents.Activated:
                _activated.Enqueue((address.GrainId, address.SiloAddress!));
                break;
            case GrainLifecycleEvents.Deactivating deactivating:
                _deactivated.Enqueue((address.GrainId, address.SiloAddress!, deactivating.Reason.ReasonCode));
                Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
                break;
        }
    }

    public void OnCompleted()
    {
        // The runtime's events never end.
    }

    public void OnError(Exception error)
    {
        // Nor do they fail.
    }

    public void Dispose() => _subscription.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
