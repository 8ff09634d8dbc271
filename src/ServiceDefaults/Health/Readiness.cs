using Microsoft.Extensions.Options;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.ServiceDefaults.Health;

/// <summary>
/// When a process calls itself ready: a silo once the models that it requires are loaded on it, a gateway (and a
/// process that is both) once every model that the cluster requires can be called, on silos that are there.
/// </summary>
public sealed class Readiness(
    RouteTableHolder routes, IOptions<ClusterSettings> cluster, IOptions<ReadinessOptions> options)
{
    /// <summary>True once a first route table has come: the process takes part.</summary>
    public bool IsStarted => routes.Table.Version > 0;

    public bool IsReady => IsStarted && (OnlyHere || !routes.LacksRequired)
        && Required.All(name => Replicas(name).Any(r => r.State == ReplicaState.Ready));

    /// <summary>Why required models are not loaded and will not be by themselves: one sentence each.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. Required.Where(name => !Replicas(name).Any(r => r.State == ReplicaState.Ready))
            .SelectMany(name => Replicas(name).Where(r => r.Failure is not null))
            .Select(report => $"{report.Replica.Model}: {report.Failure}").Distinct(),
    ];

    private bool OnlyHere => cluster.Value.KnownRole == ClusterRole.Silo;

    private IEnumerable<string> Required => OnlyHere ? options.Value.Models : routes.Table.Required;

    private IEnumerable<ReplicaReport> Replicas(string model) => routes.VersionsOf(model)
        .SelectMany(version => version.Replicas)
        .Where(report => !OnlyHere || report.Replica.Silo == cluster.Value.Name);
}

/// <summary>What a silo waits for.</summary>
public sealed class ReadinessOptions
{
    /// <summary>Names of models that have to be loaded on this silo.</summary>
    public IReadOnlyList<string> Models { get; set; } = [];
}
