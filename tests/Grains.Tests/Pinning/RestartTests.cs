using ScoringCluster.Contracts.Placement;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>A silo that returns under its name serves its keys again.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private const string Key = $"silo-1/cpu:1/{PinnedCluster.Model}";

    private readonly PinnedCluster _cluster = new();

    private PinnedSilo Old => _cluster.Silos[1];

    private PinnedSilo Asking => _cluster.Silos[0];

    private PinnedSilo Waiting => _cluster.Silos[2];

    [Fact]
    public async Task Restart_AfterAnOrderlyStop_ServesAgain()
    {
        await ServeAsync();
        await Old.StopAsync();
        await _cluster.SettledAsync();

        // One of the callers learns that the silo is away; the other keeps the address that it knows.
        await Assert.ThrowsAsync<SiloNotFoundException>(() => Asking.Replica(Key).ScoreAsync(1));
        await AssertServesAgainAsync();
        Assert.Equal(0, _cluster.Log.Retries);
    }

    [Fact]
    public async Task Restart_AfterACrash_ServesAgain()
    {
        await ServeAsync();

        // The others do not hear of it before the silo is back: both keep the address that they know.
        await Old.KillAsync();
        await AssertServesAgainAsync();
    }

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Afterwards all silos know the address of the replica.</summary>
    private async Task ServeAsync()
    {
        await Asking.Replica(Key).LoadAsync();
        foreach (var caller in _cluster.Silos)
        {
            Assert.Null((await caller.Replica(Key).ScoreAsync(1)).Fault);
        }
    }

    private async Task AssertServesAgainAsync()
    {
        var (name, port, address) = (Old.Name, Old.Port, Old.Address);
        var returned = await _cluster.RestartAsync(Old);
        await _cluster.SettledAsync();
        Assert.Equal((name, port), (returned.Name, returned.Port));
        Assert.NotEqual(address, returned.Address);

        // The call arrives, and the silo says that it holds no model yet: activating a replica loads none.
        foreach (var caller in _cluster.Silos)
        {
            var answer = await caller.Replica(Key).ScoreAsync(1);
            Assert.Equal((FaultKind.ReplicaGone, Key), (answer.Fault?.Kind, answer.Replica.ToString()));
        }

        await Waiting.Replica(Key).LoadAsync();
        var rows = 10;
        foreach (var caller in _cluster.Silos)
        {
            rows++;
            Assert.Null((await caller.Replica(Key).ScoreAsync(rows)).Fault);
            Assert.Equal([$"{name}/cpu:1"], _cluster.ExecutedOn(rows));
        }
    }
}
