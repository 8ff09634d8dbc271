using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Shards;

namespace ScoringCluster.Archive.Tests.Shards;

public sealed class ShardPlanTests
{
    [Fact]
    public void Plan_OfAnySize_CoversEveryRowOnceInOrder()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var plan = new ShardPlan(random.Next(0, 5_000), random.Next(1, 300));
            var next = 0L;
            foreach (var shard in Enumerable.Range(0, plan.Shards).Select(index => plan[index]))
            {
                Assert.Equal(next, shard.FirstRow);
                Assert.InRange(shard.Rows, 1, plan.ShardRows);
                Assert.True(shard.Rows == plan.ShardRows || shard.Index == plan.Shards - 1);
                next += shard.Rows;
            }

            Assert.Equal(plan.Rows, next);
        }
    }

    [Fact]
    public void Plan_OfTheDefaultShards_CutsALargeArchiveFinely() =>
        Assert.InRange(new ShardPlan(7_800, new JobOptions().ShardRows).Shards, 60, 100);
}
