using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Tests;

/// <summary>Members as the test says.</summary>
internal sealed class FakeCluster : IClusterView
{
    public HashSet<string> Gone { get; } = [];

    public long Version { get; set; }

    public bool IsActive(string silo) => !Gone.Contains(silo);
}
