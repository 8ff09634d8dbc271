using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>Which version a job means: the one that is named, else the highest that is ready.</summary>
internal static class JobModelChoice
{
    public static (RouteEntry? Entry, ScoringFault? Fault) Choose(RouteTable table, string name, int? version)
    {
        var versions = table.Entries.Where(entry => entry.Model.Name == name).ToList();
        if (versions.Count == 0)
        {
            return (null, new ScoringFault(FaultKind.ModelUnknown, $"There is no model '{name}'"));
        }

        if (version is null)
        {
            return versions.Where(entry => entry.IsReady).MaxBy(entry => entry.Model.Version) is { } highest
                ? (highest, null)
                : (null, NotReady(versions[^1]));
        }

        return versions.Find(entry => entry.Model.Version == version) is not { } entry
            ? (null, new ScoringFault(FaultKind.VersionUnknown, $"Model '{name}' has no version {version}"))
            : entry.IsReady ? (entry, null) : (null, NotReady(entry));
    }

    /// <summary>Null while some replica may still become ready.</summary>
    public static ScoringFault? FailureOf(RouteEntry entry) =>
        entry.Replicas.Length > 0 && entry.Replicas.All(replica => replica.State == ReplicaState.Failed)
            ? NotReady(entry)
            : null;

    private static ScoringFault NotReady(RouteEntry entry)
    {
        var failed = entry.Replicas.FirstOrDefault(replica => replica.State == ReplicaState.Failed);
        return new ScoringFault(FaultKind.ModelNotReady, failed is null
            ? $"Model {entry.Model} is not loaded yet"
            : $"Model {entry.Model} could not be loaded: {failed.Failure}");
    }
}
