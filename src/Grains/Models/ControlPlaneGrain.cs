using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Compares the plan with what is there, orders loads, and publishes the table. It remembers nothing on disk: silos
/// report again, and replicas say themselves what they are.
/// </summary>
[KeepAlive]
internal sealed partial class ControlPlaneGrain(
    IClusterMembershipService membership, TimeProvider time, ILogger<ControlPlaneGrain> logger)
        : Grain, IControlPlaneGrain
{
    /// <summary>How long a caller of <see cref="WaitForChange"/> waits at most; well below the call's own
    /// timeout.</summary>
    private static readonly TimeSpan _longPoll = TimeSpan.FromSeconds(25);

    private readonly Dictionary<string, SiloReport> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<ReplicaKey, ReplicaReport> _replicas = [];
    private readonly HashSet<ReplicaKey> _ordered = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RouteTable _table = RouteTable.Empty;
    private long _epoch;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A new activation's orders must be younger than those of the one before it, wherever that was.
        _epoch = time.GetUtcNow().ToUnixTimeMilliseconds();
        return Task.CompletedTask;
    }

    public Task Report(SiloReport report)
    {
        _silos[report.Silo] = report;
        var active = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active)
            .Select(m => m.Name).ToHashSet();
        foreach (var gone in _silos.Keys.Where(name => name != report.Silo && !active.Contains(name)).ToList())
        {
            LogSiloGone(gone);
            _silos.Remove(gone);
        }

        Reconcile();
        return Task.CompletedTask;
    }

    public async Task<RouteTable> WaitForChange(long known, CancellationToken cancellationToken)
    {
        if (_table.Version == known)
        {
            await _changed.Task.WaitAsync(_longPoll, time, cancellationToken)
                .ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return _table;
    }

    /// <summary>Orders what the plan wants and is not there; forgets what no silo offers any more.</summary>
    private void Reconcile()
    {
        var wanted = PlacementPlan.Compute(_silos.Values).ToHashSet();
        foreach (var key in _replicas.Keys.Where(key => !wanted.Contains(key)).ToList())
        {
            _replicas.Remove(key);
        }

        foreach (var key in wanted.Where(key => !_replicas.ContainsKey(key)))
        {
            _replicas[key] = new ReplicaReport { Replica = key, State = ReplicaState.Loading };
        }

        Publish();
        foreach (var key in wanted.Where(key => _replicas[key].State == ReplicaState.Loading && _ordered.Add(key)))
        {
            _ = LoadAsync(key);
        }
    }

    /// <summary>Runs beside the grain's other turns; what it learns is applied in a turn of its own.</summary>
    private async Task LoadAsync(ReplicaKey key)
    {
        ReplicaReport report;
        try
        {
            report = await GrainFactory.GetGrain<IReplicaGrain>(key.ToString())
                .Load(new LoadCommand(++_epoch), CancellationToken.None);
        }
        catch (Exception e)
        {
            // The silo went while it loaded, or it took too long: the next report of a silo orders it again.
            LogLoadLost(key, e);
            report = new ReplicaReport { Replica = key, State = ReplicaState.Loading };
        }

        _ordered.Remove(key);
        if (_replicas.ContainsKey(key))
        {
            _replicas[key] = report;
            Publish();
        }
    }

    private void Publish()
    {
        var entries = _replicas.Values
            .GroupBy(r => r.Replica.Model)
            .OrderBy(g => g.Key.Name, StringComparer.Ordinal).ThenBy(g => g.Key.Version)
            .Select(g => new RouteEntry
            {
                Model = g.Key,
                Replicas = [.. g.OrderBy(r => r.Replica.ToString(), StringComparer.Ordinal)]
            })
            .ToList();
        string[] required = [.. _silos.Values.SelectMany(s => s.Required).Distinct().Order(StringComparer.Ordinal)];
        if (_table.Version > 0 && required.SequenceEqual(_table.Required) && SameReplicas(entries))
        {
            return;
        }

        _table = new RouteTable { Version = _table.Version + 1, Entries = [.. entries], Required = [.. required] };
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    /// <summary>Reports are replaced, never changed, so that the same ones mean the same content.</summary>
    private bool SameReplicas(List<RouteEntry> entries) =>
        entries.SelectMany(e => e.Replicas)
            .SequenceEqual(_table.Entries.SelectMany(e => e.Replicas), ReferenceEqualityComparer.Instance);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} is gone, and with it its replicas.")]
    private partial void LogSiloGone(string silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The load of {Replica} got no answer.")]
    private partial void LogLoadLost(ReplicaKey replica, Exception exception);
}
