using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// What the control plane knows and concludes, without calls and clocks: silos as they reported, replicas as they
/// should be and as they said they are, and the table that follows.
/// </summary>
/// <param name="seed">
/// Where versions and epochs begin: above those of any control plane before this one, so that none is taken for
/// another.
/// </param>
internal sealed class ClusterPicture(long seed)
{
    private readonly long _seed = seed;
    private readonly Dictionary<string, SiloReport> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<ReplicaKey, ReplicaReport> _replicas = [];
    private readonly Dictionary<ReplicaKey, long> _orders = [];

    // What a replica's files were when its load was ordered last: a load that failed is repeated for other files only.
    private readonly Dictionary<ReplicaKey, string> _tried = [];
    private HashSet<ReplicaKey> _wanted = [];
    private long _epoch = seed;

    public RouteTable Table { get; private set; } = RouteTable.Empty;

    /// <summary>A silo says what it has. A silo that was started anew has lost what it had loaded.</summary>
    public void Accept(SiloReport report)
    {
        if (_silos.TryGetValue(report.Silo, out var known))
        {
            if (report.Incarnation < known.Incarnation)
            {
                return;
            }

            if (report.Incarnation > known.Incarnation)
            {
                Forget(report.Silo);
            }
        }

        _silos[report.Silo] = report;
    }

    /// <summary>Forgets silos that are not among <paramref name="alive"/>, and their replicas.</summary>
    /// <returns>The names of those silos.</returns>
    public IReadOnlyList<string> Retain(IReadOnlySet<string> alive)
    {
        var gone = _silos.Keys.Where(name => !alive.Contains(name)).ToList();
        gone.ForEach(Forget);
        return gone;
    }

    /// <summary>True once every silo of <paramref name="alive"/> reported and every replica said what it is.</summary>
    public bool IsComplete(IReadOnlySet<string> alive) =>
        alive.All(_silos.ContainsKey) && _replicas.Values.All(report => report.State != ReplicaState.Absent);

    /// <summary>Compares plan and replicas.</summary>
    /// <returns>Replicas to load: each until <see cref="Conclude"/> or <see cref="Lose"/>.</returns>
    public IReadOnlyList<LoadOrder> Reconcile()
    {
        _wanted = [.. PlacementPlan.Compute(_silos.Values, HasFailed)];
        foreach (var key in _wanted.Where(key => !_replicas.ContainsKey(key)))
        {
            _replicas[key] = new ReplicaReport { Replica = key, State = ReplicaState.Absent };
        }

        DropUnwanted();
        var orders = _wanted.Where(NeedsOrder).Select(key => new LoadOrder(key, ++_epoch, IsRepeated(key))).ToList();
        foreach (var order in orders)
        {
            _orders[order.Replica] = order.Id;
            _tried[order.Replica] = FingerprintOf(order.Replica);
        }

        return orders;
    }

    /// <summary>The epoch to load with, younger than what the replica has obeyed so far.</summary>
    public long NextEpoch(ReplicaReport report) => _epoch = Math.Max(_epoch, report.Epoch) + 1;

    /// <summary>A replica is still at it.</summary>
    public void Note(LoadOrder order, ReplicaReport report)
    {
        if (IsCurrent(order))
        {
            _replicas[order.Replica] = SameModel.Check(report, _replicas.Values);
        }
    }

    /// <summary>The end of an order: the replica is what the report says.</summary>
    public void Conclude(LoadOrder order, ReplicaReport report)
    {
        Note(order, report);
        if (IsCurrent(order))
        {
            _orders.Remove(order.Replica);
            DropUnwanted();
        }
    }

    /// <summary>An order got no answer: it is given again.</summary>
    public void Lose(LoadOrder order) => Conclude(
        order, new ReplicaReport { Replica = order.Replica, State = ReplicaState.Loading });

    /// <summary>Replaces the table where it would say something else.</summary>
    /// <returns>True when it was replaced.</returns>
    public bool Publish()
    {
        var entries = _replicas.Values
            .GroupBy(report => report.Replica.Model)
            .OrderBy(group => group.Key.Name, StringComparer.Ordinal).ThenBy(group => group.Key.Version)
            .Select(group => new RouteEntry
            {
                Model = group.Key,
                Replicas = [.. group.OrderBy(report => report.Replica.ToString(), StringComparer.Ordinal)],
            })
            .ToList();
        string[] required = [.. _silos.Values.SelectMany(s => s.Required).Distinct().Order(StringComparer.Ordinal)];
        if (Table.Version > 0 && required.SequenceEqual(Table.Required) && SameReplicas(entries))
        {
            return false;
        }

        Table = new RouteTable
        {
            Version = Math.Max(Table.Version, _seed) + 1,
            Entries = [.. entries],
            Required = [.. required],
        };
        return true;
    }

    /// <summary>
    /// Takes out what no silo offers any more. A ready version stays until its successor on the device is ready: a
    /// failed load keeps the old one. What is taken out stays loaded on its silo, where an archive job may have pinned
    /// it.
    /// </summary>
    private void DropUnwanted()
    {
        foreach (var key in _replicas.Keys.Where(key => !_wanted.Contains(key) && !IsNeededStill(key)).ToList())
        {
            _replicas.Remove(key);
            _orders.Remove(key);
            _tried.Remove(key);
        }
    }

    private bool IsNeededStill(ReplicaKey key)
    {
        var successors = _wanted.Where(other =>
            other.Silo == key.Silo && other.Device == key.Device && other.Model.Name == key.Model.Name).ToList();
        return _replicas[key].State == ReplicaState.Ready && successors.Count > 0
            && !successors.Exists(other => _replicas[other].State == ReplicaState.Ready);
    }

    private bool NeedsOrder(ReplicaKey key) => !_orders.ContainsKey(key)
        && (_replicas[key].State is ReplicaState.Absent or ReplicaState.Loading || IsRepeated(key));

    /// <summary>Its load failed, and its files have changed since.</summary>
    private bool IsRepeated(ReplicaKey key) => _replicas[key].State == ReplicaState.Failed && !HasFailed(key);

    private bool HasFailed(ReplicaKey key) => _replicas.TryGetValue(key, out var report)
        && report.State == ReplicaState.Failed && _tried.GetValueOrDefault(key) == FingerprintOf(key);

    private string FingerprintOf(ReplicaKey key) => _silos.TryGetValue(key.Silo, out var silo)
        ? silo.Models.FirstOrDefault(version => version.Model == key.Model)?.Fingerprint ?? ""
        : "";

    private bool IsCurrent(LoadOrder order) => _orders.GetValueOrDefault(order.Replica) == order.Id;

    private void Forget(string silo)
    {
        _silos.Remove(silo);
        foreach (var key in _replicas.Keys.Where(key => key.Silo == silo).ToList())
        {
            _replicas.Remove(key);
            _orders.Remove(key);
            _tried.Remove(key);
        }

        _wanted.RemoveWhere(key => key.Silo == silo);
    }

    /// <summary>Reports are replaced, never changed, so that the same ones mean the same content.</summary>
    private bool SameReplicas(List<RouteEntry> entries) => entries.SelectMany(e => e.Replicas)
        .SequenceEqual(Table.Entries.SelectMany(e => e.Replicas), ReferenceEqualityComparer.Instance);
}

/// <summary>One attempt to load a replica.</summary>
/// <param name="Again">It failed before, and is to be tried again rather than asked.</param>
internal readonly record struct LoadOrder(ReplicaKey Replica, long Id, bool Again);
