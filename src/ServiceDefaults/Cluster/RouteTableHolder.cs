using System.Collections.Frozen;
using System.Collections.Immutable;
using ScoringCluster.Contracts.Models;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>
/// The newest route table; replaced whole. What is on silos that this process's own view does not call active is left
/// out of it.
/// </summary>
/// <param name="members">Null where every silo of the table counts.</param>
public sealed class RouteTableHolder(IClusterView? members = null, TimeProvider? time = null)
{
    /// <summary>
    /// How long a model is remembered that the table has lost: with its last silo a model leaves the table, and its
    /// callers should come back rather than be told that there is no such model.
    /// </summary>
    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private volatile Snapshot _snapshot = new(RouteTable.Empty, FrozenDictionary<string, Lost>.Empty);
    private volatile Live? _live;

    public RouteTable Table
    {
        get => _snapshot.Table;
        set
        {
            var old = _snapshot;
            Interlocked.Exchange(ref _snapshot, new Snapshot(value, LostBy(old, value))).Replaced.SetResult();
        }
    }

    /// <summary>Ends when the table of now is replaced.</summary>
    public Task Changed => _snapshot.Replaced.Task;

    /// <summary>True while a model that was required is gone with its silos.</summary>
    public bool LacksRequired => _snapshot.Lost.Any(lost => lost.Value.Required && IsRecent(lost.Value));

    /// <summary>The versions of a model, the lowest first; none where there is no such model.</summary>
    public ImmutableArray<RouteEntry> VersionsOf(string model) => Now().ByName.GetValueOrDefault(model, []);

    /// <summary>True where the table had the model until recently.</summary>
    public bool HasLost(string model) => _snapshot.Lost.TryGetValue(model, out var lost) && IsRecent(lost);

    private Live Now()
    {
        var (snapshot, version, live) = (_snapshot, members?.Version ?? 0, _live);
        return live is not null && live.Version == version && ReferenceEquals(live.Table, snapshot.Table)
            ? live
            : _live = new Live(snapshot.Table, version, members);
    }

    private FrozenDictionary<string, Lost> LostBy(Snapshot old, RouteTable table)
    {
        var there = table.Entries.Select(entry => entry.Model.Name).ToHashSet(StringComparer.Ordinal);
        return old.Table.Entries.Select(entry => entry.Model.Name).Distinct(StringComparer.Ordinal)
            .Select(name => KeyValuePair.Create(
                name, new Lost(_time.GetTimestamp(), old.Table.Required.Contains(name, StringComparer.Ordinal))))
            .Concat(old.Lost.Where(lost => IsRecent(lost.Value)))
            .Where(lost => !there.Contains(lost.Key))
            .DistinctBy(lost => lost.Key, StringComparer.Ordinal)
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    private bool IsRecent(Lost lost) => _time.GetElapsedTime(lost.Since) < _remembered;

    private readonly record struct Lost(long Since, bool Required);

    private sealed class Snapshot(RouteTable table, FrozenDictionary<string, Lost> lost)
    {
        public RouteTable Table { get; } = table;

        public FrozenDictionary<string, Lost> Lost { get; } = lost;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A table as it is with the members of one view.</summary>
    private sealed class Live(RouteTable table, long version, IClusterView? members)
    {
        public RouteTable Table { get; } = table;

        public long Version { get; } = version;

        public FrozenDictionary<string, ImmutableArray<RouteEntry>> ByName { get; } = table.Entries
            .Select(entry => Active(entry, members))
            .GroupBy(entry => entry.Model.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(
                versions => versions.Key,
                versions => versions.OrderBy(entry => entry.Model.Version).ToImmutableArray(),
                StringComparer.Ordinal);

        private static RouteEntry Active(RouteEntry entry, IClusterView? members)
        {
            var active = entry.Replicas.RemoveAll(report => members?.IsActive(report.Replica.Silo) == false);
            return active.Length == entry.Replicas.Length ? entry : entry with { Replicas = active };
        }
    }
}
