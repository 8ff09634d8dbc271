using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Which replicas should exist, as a pure function of what the silos report: of every model the highest version that a
/// silo can see, on each of its devices.
/// </summary>
internal static class PlacementPlan
{
    public static IReadOnlyList<ReplicaKey> Compute(IEnumerable<SiloReport> silos) =>
    [
        .. silos.SelectMany(silo => silo.Models
            .GroupBy(model => model.Name)
            .Select(versions => versions.MaxBy(model => model.Version))
            .SelectMany(model => silo.Devices.Select(device => new ReplicaKey(silo.Silo, device.Device, model))))
            .OrderBy(key => key.ToString(), StringComparer.Ordinal),
    ];
}
