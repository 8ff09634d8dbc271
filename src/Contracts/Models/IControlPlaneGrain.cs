using Orleans.Concurrency;

namespace ScoringCluster.Contracts.Models;

/// <summary>
/// Decides which replicas exist, orders their loads and publishes the route table. One grain for the cluster, key
/// <see cref="Key"/>. Losing it stops changes, not scoring.
/// </summary>
[Alias("scoring.v1.IControlPlaneGrain")]
public interface IControlPlaneGrain : IGrainWithStringKey
{
    const string Key = "control-plane";

    /// <summary>A silo says what it has: at its start, on every change, and again from time to time.</summary>
    [AlwaysInterleave, Alias("Report")]
    Task Report(SiloReport report);

    /// <summary>
    /// The table once its version differs from <paramref name="known"/>, or the same table after a while: gateways
    /// call it again at once.
    /// </summary>
    [AlwaysInterleave, Alias("WaitForChange"), ResponseTimeout("00:01:00")]
    Task<RouteTable> WaitForChange(long known, CancellationToken cancellationToken);
}
