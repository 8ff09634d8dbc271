using System.Collections.Frozen;
using System.Collections.Immutable;
using ScoringCluster.Contracts.Models;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>The newest route table; replaced whole.</summary>
public sealed class RouteTableHolder
{
    private volatile Snapshot _snapshot = new(RouteTable.Empty);

    public RouteTable Table
    {
        get => _snapshot.Table;
        set => Interlocked.Exchange(ref _snapshot, new Snapshot(value)).Replaced.SetResult();
    }

    /// <summary>Ends when the table of now is replaced.</summary>
    public Task Changed => _snapshot.Replaced.Task;

    /// <summary>The versions of a model, the lowest first; none where there is no such model.</summary>
    public ImmutableArray<RouteEntry> VersionsOf(string model) => _snapshot.ByName.GetValueOrDefault(model, []);

    private sealed class Snapshot(RouteTable table)
    {
        public RouteTable Table { get; } = table;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public FrozenDictionary<string, ImmutableArray<RouteEntry>> ByName { get; } = table.Entries
            .GroupBy(entry => entry.Model.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(
                versions => versions.Key,
                versions => versions.OrderBy(entry => entry.Model.Version).ToImmutableArray(),
                StringComparer.Ordinal);
    }
}
