using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class LanePolicyTests
{
    [Fact]
    public void Next_BothLanesWait_ArchiveTakesOneInSoMany()
    {
        var policy = new LanePolicy(4);

        var turns = Enumerable.Range(0, 12).Select(_ => policy.Next(onlineWaits: true, archiveWaits: true)).ToList();

        Assert.Equal(3, turns.Count(lane => lane == Lane.Archive));
        Assert.Equal([Lane.Online, Lane.Online, Lane.Online, Lane.Archive], turns.Take(4));
    }

    [Fact]
    public void Next_OnlyOneLaneWaits_TakesIt()
    {
        var policy = new LanePolicy(4);

        Assert.Equal(Lane.Archive, policy.Next(onlineWaits: false, archiveWaits: true));
        Assert.Equal(Lane.Online, policy.Next(onlineWaits: true, archiveWaits: false));
    }
}
