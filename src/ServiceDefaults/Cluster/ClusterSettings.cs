using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>What this process is in the cluster (section <c>Cluster</c>).</summary>
public sealed class ClusterSettings
{
    public const string Section = "Cluster";

    /// <summary><c>All</c>: gateway and silo in one process. Other roles come with the multi-process cluster.</summary>
    /// <value>The default is <c>All</c>.</value>
    [AllowedValues(
        "All", ErrorMessage = "Cluster:Role must be All: this version runs gateway and silo in one process.")]
    public string Role { get; set; } = "All";

    /// <summary>The silo's name: the first part of every replica's key, so it stays the same over restarts.</summary>
    /// <value>The default is <c>silo-0</c>.</value>
    [RegularExpression(
        "[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        ErrorMessage = "Cluster:SiloName must be letters, digits, '.', '_' and '-', at most 64.")]
    public string SiloName { get; set; } = "silo-0";

    /// <summary>The name before options are bound: membership and telemetry need it while the host is built.</summary>
    internal static string SiloNameOf(IConfiguration configuration) =>
        configuration[$"{Section}:{nameof(SiloName)}"] ?? new ClusterSettings().SiloName;
}
