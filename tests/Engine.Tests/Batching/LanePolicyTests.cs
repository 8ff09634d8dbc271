using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class LanePolicyTests
{
    private static readonly TimeSpan _online = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan _archive = TimeSpan.FromMilliseconds(40);

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void Next_BothLanesAlwaysWait_ArchiveGetsItsShareOfTheTime(double share)
    {
        var policy = new LanePolicy(share);
        var (online, archive) = (TimeSpan.Zero, TimeSpan.Zero);
        while (online + archive < TimeSpan.FromMinutes(1))
        {
            var lane = policy.Next(onlineWaits: true, archiveWaits: true);
            var elapsed = lane == Lane.Archive ? _archive : _online;
            policy.OnExecuted(elapsed, lane == Lane.Archive ? 1 : 0, archiveWaits: true);
            (online, archive) = lane == Lane.Archive ? (online, archive + elapsed) : (online + elapsed, archive);
        }

        Assert.Equal(share, archive / (online + archive), 0.02);
    }

    [Fact]
    public void Next_AfterTheArchiveHadTheDeviceToItself_OnlineGoesFirstForAWhile()
    {
        var policy = new LanePolicy(0.2);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(Lane.Archive, policy.Next(onlineWaits: false, archiveWaits: true));
            policy.OnExecuted(_archive, 1, archiveWaits: true);
        }

        var inARow = 0;
        while (policy.Next(onlineWaits: true, archiveWaits: true) == Lane.Online)
        {
            policy.OnExecuted(_online, 0, archiveWaits: true);
            inARow++;
        }

        // A quarter of a second was remembered, and each online batch pays a quarter of its time back.
        Assert.InRange(inARow, 99, 101);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Next_OnlineExecutionsHoldArchiveRows_TheirPartCountsAsTheArchives(double part)
    {
        var policy = new LanePolicy(0.2);
        var (all, archive) = (TimeSpan.Zero, TimeSpan.Zero);
        while (all < TimeSpan.FromMinutes(1))
        {
            var isArchive = policy.Next(onlineWaits: true, archiveWaits: true) == Lane.Archive;
            policy.OnExecuted(_online, isArchive ? 1 : part, archiveWaits: true);
            (all, archive) = (all + _online, archive + (_online * (isArchive ? 1 : part)));
        }

        // More than its share it only gets where that is what was free.
        Assert.Equal(Math.Max(0.2, part), archive / all, 0.02);
    }

    [Fact]
    public void Next_OnlyOneLaneWaits_TakesIt()
    {
        var policy = new LanePolicy(0.2);

        Assert.Equal(Lane.Archive, policy.Next(onlineWaits: false, archiveWaits: true));
        Assert.Equal(Lane.Online, policy.Next(onlineWaits: true, archiveWaits: false));
    }

    [Fact]
    public void OnExecuted_OnlineAlone_OwesTheArchiveNothing()
    {
        var policy = new LanePolicy(0.2);

        policy.OnExecuted(TimeSpan.FromMinutes(1), 0, archiveWaits: false);

        Assert.Equal(Lane.Online, policy.Next(onlineWaits: true, archiveWaits: true));
    }
}
