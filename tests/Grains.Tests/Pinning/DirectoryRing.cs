namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// Which silo the default grain directory asks for a grain's entry: silos stand on a ring by their hash, each answers
/// for the grains between itself and the next.
/// </summary>
internal static class DirectoryRing
{
    public static SiloAddress OwnerOf(GrainId grain, IEnumerable<SiloAddress> silos)
    {
        var ring = silos.OrderBy(silo => silo.GetConsistentHashCode()).ToList();
        var hash = unchecked((int)grain.GetUniformHashCode());
        return ring.FindLast(silo => silo.GetConsistentHashCode() <= hash) ?? ring[^1];
    }
}
