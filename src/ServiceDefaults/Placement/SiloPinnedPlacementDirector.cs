using Orleans.Runtime.Placement;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Core;

namespace ScoringCluster.ServiceDefaults.Placement;

/// <summary>Reads the silo out of the key. Runs on the calling silo, so every silo has it.</summary>
internal sealed class SiloPinnedPlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var text = target.GrainIdentity.Key.ToString()!;
        if (!ReplicaKey.TryParse(text, out var key))
        {
            return Task.FromException<SiloAddress>(
                new SiloNotFoundException($"'{text}' is no replica key: expected silo/device/name@version."));
        }

        var members = membership.CurrentSnapshot.Members;
        SiloAddress? newest = null;
        foreach (var address in context.GetCompatibleSilos(target))
        {
            // A silo that returned under its name has a younger address; the old one may still be listed for a while.
            if (members.TryGetValue(address, out var member) && member.Status == SiloStatus.Active
                && member.Name == key.Silo
                && (newest is null || address.Generation > newest.Generation))
            {
                newest = address;
            }
        }

        return newest is not null
            ? Task.FromResult(newest)
            : Task.FromException<SiloAddress>(
                new SiloNotFoundException($"Silo '{key.Silo}', where replica {key} lives, is not active."));
    }
}
