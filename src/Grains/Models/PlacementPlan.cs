using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Which replicas should exist, as a pure function of what the silos report: of every model the highest version that a
/// silo can see, on each of its devices; below a version that cannot be loaded also the next lower one, so that a
/// damaged release never takes a model away.
/// </summary>
internal static class PlacementPlan
{
    /// <param name="cannotLoad">True for a replica whose load failed, as long as its files stay the same.</param>
    public static IReadOnlyList<ReplicaKey> Compute(IEnumerable<SiloReport> silos, Predicate<ReplicaKey> cannotLoad) =>
    [
        .. silos.SelectMany(silo => silo.Devices.SelectMany(device => silo.Models
                .GroupBy(version => version.Model.Name)
                .SelectMany(versions => Wanted(
                    versions.OrderByDescending(version => version.Model.Version)
                        .Select(version => new ReplicaKey(silo.Silo, device.Device, version.Model)),
                    cannotLoad))))
            .OrderBy(key => key.ToString(), StringComparer.Ordinal),
    ];

    /// <summary>From the highest down to the first that can be loaded, or may be.</summary>
    private static IEnumerable<ReplicaKey> Wanted(IEnumerable<ReplicaKey> versions, Predicate<ReplicaKey> cannotLoad)
    {
        foreach (var key in versions)
        {
            yield return key;
            if (!cannotLoad(key))
            {
                yield break;
            }
        }
    }
}
