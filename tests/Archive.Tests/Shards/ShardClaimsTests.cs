using ScoringCluster.Archive.Shards;
using ScoringCluster.Archive.Tests.Jobs;

namespace ScoringCluster.Archive.Tests.Shards;

public sealed class ShardClaimsTests
{
    [Fact]
    public async Task TryClaim_WhereALivingOwnerHoldsTheShard_LeavesIt()
    {
        using var bench = new JobBench().WithFiles(10);
        var (one, two) = (await ClaimsAsync(bench, "one", "one", "two"), await ClaimsAsync(bench, "two", "one", "two"));

        var claims = new[] { one.TryClaim(), two.TryClaim(), one.TryClaim(), two.TryClaim() };

        Assert.Equal([0, 1], claims.OfType<ShardClaim>().Select(claim => claim.Shard));
        Assert.All(claims.OfType<ShardClaim>(), claim => Assert.Equal((1, 0), (claim.Epoch, claim.Adoptions)));
    }

    [Fact]
    public async Task TryClaim_WhereTheOwnerIsDead_AdoptsWithTheNextEpoch()
    {
        using var bench = new JobBench().WithFiles(5);
        Assert.NotNull((await ClaimsAsync(bench, "one", "one")).TryClaim());
        Assert.NotNull((await ClaimsAsync(bench, "two", "two")).TryClaim());

        var third = (await ClaimsAsync(bench, "three", "three")).TryClaim();

        Assert.Equal((0, 3, 2), (third!.Shard, third.Epoch, third.Adoptions));
    }

    [Fact]
    public async Task TryClaim_OfAReleasedShard_IsNoAdoption()
    {
        using var bench = new JobBench().WithFiles(5);
        var one = await ClaimsAsync(bench, "one", "one", "two");
        one.Release(one.TryClaim()!);

        var next = (await ClaimsAsync(bench, "two", "one", "two")).TryClaim();

        Assert.Equal((1, 0), (next!.Epoch, next.Adoptions));
    }

    private static async Task<ShardClaims> ClaimsAsync(JobBench bench, string owner, params string[] alive)
    {
        var folder = bench.Folder();
        var pins = await bench.PlanAsync(folder);
        return new ShardClaims(folder, new ShardPlan(pins.Rows, pins.ShardRows), new ClaimOwner(owner, "run"),
            new LiveOwners(alive), bench.Time);
    }
}
