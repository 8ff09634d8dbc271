using System.Net;
using System.Net.Sockets;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>A replica is where its key says, whoever calls, and a key that says nothing is refused at once.</summary>
public sealed class PinningTests(PinnedCluster cluster) : IClassFixture<PinnedCluster>
{
    private const int Attempts = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_FromEverySilo_RunsOnTheSiloAndDeviceOfTheKey()
    {
        foreach (var (silo, _, key) in cluster.Keys(PinnedCluster.Model))
        {
            await silo.Replica(key).LoadAsync();
        }

        // Each call has a number of rows of its own: the engines' logs then tell who ran which.
        var rows = 10;
        foreach (var caller in cluster.Silos)
        {
            foreach (var (silo, device, key) in cluster.Keys(PinnedCluster.Model))
            {
                rows++;
                var answer = await caller.Replica(key).ScoreAsync(rows);

                Assert.Null(answer.Fault);
                Assert.Equal(key, answer.Replica.ToString());
                Assert.Equal([$"{silo.Name}/cpu:{device}"], cluster.ExecutedOn(rows));
            }
        }
    }

    [Fact]
    public async Task Activation_CausedByEverySilo_IsOnTheSiloOfTheKey()
    {
        // Every caller is the first to call some of the keys, and so the one that places them.
        foreach (var (silo, key, caller) in Fresh("placed"))
        {
            var replica = caller.Replica(key);
            await replica.GetReport().WaitAsync(PinnedCluster.Patience, Cancellation);

            var places = cluster.Activations.ActivatedOn(new HashSet<GrainId> { replica.GetGrainId() });
            Assert.Equal([silo.Address], places);
        }
    }

    /// <summary>The control of the two tests above: with such keys alone, grains land anywhere.</summary>
    [Fact]
    public async Task Activation_PlacedByOrleans_IsElsewhereForSomeKeys()
    {
        // Were places drawn at random, all keys would land right once in 3^60 runs; were they all on one silo, never.
        var elsewhere = 0;
        foreach (var (silo, key, caller) in Fresh("stray"))
        {
            var where = await caller.Grains.GetGrain<IStrayGrain>(key).WhereAsync()
                .WaitAsync(PinnedCluster.Patience, Cancellation);
            elsewhere += where == silo.Name ? 0 : 1;
        }

        Assert.NotEqual(0, elsewhere);
    }

    [Theory]
    [InlineData("silo-9/cpu:0/a@1", "Silo 'silo-9', where replica silo-9/cpu:0/a@1 lives, is not active.")]
    [InlineData("silo-1/gpu0/a@1", "'silo-1/gpu0/a@1' is no replica key: expected silo/device/name@version.")]
    [InlineData("silo-1/cpu:0/a", "'silo-1/cpu:0/a' is no replica key: expected silo/device/name@version.")]
    [InlineData("no key", "'no key' is no replica key: expected silo/device/name@version.")]
    public async Task Score_OfAKeyThatLeadsNowhere_FailsAtOnce(string key, string message)
    {
        foreach (var caller in cluster.Silos)
        {
            await AssertAtOnceAsync(async () =>
            {
                var e = await Assert.ThrowsAsync<SiloNotFoundException>(() => caller.Replica(key).ScoreAsync(1));
                Assert.Equal(message, e.Message);
            });
        }
    }

    [Fact]
    public async Task Score_OfADeviceThatIsNotThere_IsAFaultAtOnce()
    {
        foreach (var caller in cluster.Silos)
        {
            var replica = caller.Replica("silo-1/cpu:7/a@1");
            await AssertAtOnceAsync(async () =>
            {
                var answer = await replica.ScoreAsync(1);
                Assert.Equal(FaultKind.ReplicaGone, answer.Fault?.Kind);
                Assert.Contains("silo-1/cpu:7/a@1", answer.Fault!.Message, StringComparison.Ordinal);

                var report = await replica.Load(new LoadCommand(1), Cancellation);
                Assert.Equal(ReplicaState.Failed, report.State);
                Assert.Equal("This silo has no device cpu:7; it has cpu:0, cpu:1.", report.Failure);
            });
        }
    }

    /// <summary>The control of the two tests above: an exception of Orleans' own is tried again, and counted.</summary>
    [Fact]
    public async Task Placement_ThatFailsWithAnExceptionOfOrleans_IsTriedAgain()
    {
        var before = cluster.Log.Retries;

        await Assert.ThrowsAsync<SiloUnavailableException>(() => cluster.Primary.Grains
            .GetGrain<IRetriedGrain>("silo-9/cpu:0/a@1").WhereAsync().WaitAsync(PinnedCluster.Patience, Cancellation));

        Assert.NotEqual(before, cluster.Log.Retries);
    }

    [Fact]
    public async Task Stop_OfTheWholeCluster_LeavesNothingBehind()
    {
        var own = new PinnedCluster();
        await using (own)
        {
            await own.InitializeAsync();
            foreach (var (_, _, key) in own.Keys(PinnedCluster.Model))
            {
                var replica = own.Primary.Replica(key);
                await replica.LoadAsync();
                Assert.Null((await replica.ScoreAsync(3)).Fault);
            }

            Assert.All(own.Silos, silo => Assert.Equal(PinnedCluster.Devices, silo.Runtime.Alive));
            var replicas = own.Keys(PinnedCluster.Model).Select(k => k.Silo.Replica(k.Key).GetGrainId()).ToHashSet();
            await own.StopAsync();

            Assert.All(own.Silos, silo =>
            {
                Assert.Equal(
                    [DeactivationReasonCode.ShuttingDown, DeactivationReasonCode.ShuttingDown],
                    own.Activations.DeactivatedOn(silo.Address, replicas));

                // The port is free again.
                using var listener = new TcpListener(IPAddress.Loopback, silo.Port);
                listener.Start();
            });
        }

        Assert.All(own.Silos, silo => Assert.Equal((0, false), (silo.Runtime.Alive, silo.Runtime.Misused)));
        Assert.Empty(own.Log.Errors);
    }

    /// <summary>Sixty keys that nobody called yet, over all silos and devices, each with its caller.</summary>
    private IEnumerable<(PinnedSilo Silo, string Key, PinnedSilo Caller)> Fresh(string name) =>
        from model in Enumerable.Range(1, 10)
        from place in cluster.Keys($"{name}@{model}")
        select (place.Silo, place.Key, cluster.Silos[model % cluster.Silos.Count]);

    private async Task AssertAtOnceAsync(Func<Task> call)
    {
        var (retries, fastest) = (cluster.Log.Retries, TimeSpan.MaxValue);
        for (var i = 0; i < Attempts; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            await call();
            var elapsed = TimeProvider.System.GetElapsedTime(started);
            fastest = elapsed < fastest ? elapsed : fastest;
        }

        // Placement that is tried again waits for tenths of a second every time; a busy machine slows some calls only.
        Assert.Equal(retries, cluster.Log.Retries);
        Assert.InRange(fastest, TimeSpan.Zero, TimeSpan.FromSeconds(0.25));
    }
}
