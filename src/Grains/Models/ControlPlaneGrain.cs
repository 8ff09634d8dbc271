using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Orders loads and publishes the table that <see cref="ClusterPicture"/> concludes. It remembers nothing on disk:
/// silos report again, and replicas say themselves what they are.
/// </summary>
[KeepAlive]
internal sealed partial class ControlPlaneGrain(
    IClusterMembershipService membership, TimeProvider time, ILogger<ControlPlaneGrain> logger)
    : Grain, IControlPlaneGrain
{
    /// <summary>How long <see cref="WaitForChange"/> waits at most; well below the call's timeout.</summary>
    private static readonly TimeSpan _longPoll = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a new control plane listens before it publishes what it has heard: gateways keep the table of the one
    /// before it until then, and a silo that hangs must not hold up the others.
    /// </summary>
    private static readonly TimeSpan _settling = TimeSpan.FromSeconds(5);

    private ClusterPicture _picture = null!;
    private TaskCompletionSource _changed = NewSignal();
    private long _activated;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _picture = new ClusterPicture(time.GetUtcNow().ToUnixTimeMilliseconds());
        _activated = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task Report(SiloReport report)
    {
        _picture.Accept(report);
        foreach (var gone in _picture.Retain(Alive(report.Silo)))
        {
            LogSiloGone(gone);
        }

        var orders = _picture.Reconcile();
        Publish();
        foreach (var order in orders)
        {
            _ = LoadAsync(order);
        }

        return Task.CompletedTask;
    }

    public async Task<RouteTable> WaitForChange(long known, CancellationToken cancellationToken)
    {
        if (_picture.Table.Version is var version && (version == known || version == RouteTable.Empty.Version))
        {
            await _changed.Task.WaitAsync(_longPoll, time, cancellationToken).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return _picture.Table;
    }

    /// <summary>Runs beside the grain's other turns; what it learns is applied in a turn of its own.</summary>
    private async Task LoadAsync(LoadOrder order)
    {
        try
        {
            var replica = GrainFactory.GetGrain<IReplicaGrain>(order.Replica.ToString());
            var report = await replica.GetReport();

            // A replica that outlived the control plane before this one serves on as it is.
            if (report.State is not (ReplicaState.Ready or ReplicaState.Failed)
                || (order.Again && report.State == ReplicaState.Failed))
            {
                var command = new LoadCommand(_picture.NextEpoch(report));
                _picture.Note(order, report with { State = ReplicaState.Loading });
                Publish();
                report = await replica.Load(command, CancellationToken.None);
            }

            _picture.Conclude(order, report);
        }
        catch (Exception e)
        {
            // The silo went while it loaded, or it took too long: the next report of a silo orders it again.
            LogLoadLost(order.Replica, e);
            _picture.Lose(order);
        }

        Publish();
    }

    private void Publish()
    {
        var first = _picture.Table.Version == RouteTable.Empty.Version;
        if (first && !_picture.IsComplete(Alive()) && time.GetElapsedTime(_activated) < _settling)
        {
            return;
        }

        if (_picture.Publish())
        {
            var changed = _changed;
            _changed = NewSignal();
            changed.SetResult();
        }
    }

    /// <param name="reporting">A silo that just spoke is alive, whatever the view of the members says yet.</param>
    private HashSet<string> Alive(params ReadOnlySpan<string> reporting) =>
    [
        .. membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.Name),
        .. reporting,
    ];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} is gone, and with it its replicas.")]
    private partial void LogSiloGone(string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The load of {Replica} got no answer.")]
    private partial void LogLoadLost(ReplicaKey replica, Exception exception);
}
