using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Replicas;

/// <summary>Replicas called by key. Every test has a model of its own, whose version 1 nobody else loads.</summary>
public sealed class ReplicaGrainTests(ScoringTestCluster cluster) : IClassFixture<ScoringTestCluster>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_ByKey_RunsOnTheSiloAndDeviceOfTheKey()
    {
        var rows = 10;
        foreach (var silo in cluster.Silos)
        {
            for (var device = 0; device < 2; device++)
            {
                rows++;
                var replica = cluster.Replica(silo, device, "a@1");
                await replica.Load(new LoadCommand(1), Cancellation);
                var answer = await ScoreAsync(replica, rows, first: 10);

                Assert.Null(answer.Fault);
                Assert.Equal(($"{silo}/cpu:{device}/a@1", "fake", rows),
                    (answer.Replica.ToString(), answer.Engine, answer.BatchRows));
                Assert.Equal(
                    FakeModelRuntime.Expected(rows, 10), Assert.Single(answer.Outputs).Values<float>().ToArray());
                Assert.Equal([silo], cluster.Silos.Where(s => cluster.Runtime(s).Executions.Contains(rows)));
            }
        }
    }

    [Fact]
    public async Task Score_OfASiloThatIsNotThere_FailsWithOurOwnException()
    {
        // Exceptions of Orleans itself would be tried again for half a second before the caller hears of them.
        var e = await Assert.ThrowsAsync<SiloNotFoundException>(
            () => ScoreAsync(cluster.Replica("nowhere", 0, "a@1"))
                .WaitAsync(ScoringTestCluster.Patience, Cancellation));

        Assert.Contains("'nowhere'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_OfAKeyThatIsNone_FailsSayingWhatAKeyIs()
    {
        var e = await Assert.ThrowsAsync<SiloNotFoundException>(
            () => ScoreAsync(cluster.Replica("no key")).WaitAsync(ScoringTestCluster.Patience, Cancellation));

        Assert.Contains("silo/device/name@version", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_BeforeTheLoad_IsReplicaGone()
    {
        var answer = await ScoreAsync(cluster.Replica(cluster.Silos[0], 0, "b@1"));

        Assert.Equal(FaultKind.ReplicaGone, answer.Fault?.Kind);
    }

    [Fact]
    public async Task Load_OfADeviceThatIsNotThere_FailsNamingTheDevices()
    {
        var report = await cluster.Replica(cluster.Silos[0], 7, "b@1").Load(new LoadCommand(1), Cancellation);

        Assert.Equal(ReplicaState.Failed, report.State);
        Assert.Contains("no device cpu:7; it has cpu:0, cpu:1", report.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_OfAVersionThatIsNotThere_FailsWithTheReason()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "unknown@1");

        var report = await replica.Load(new LoadCommand(1), Cancellation);

        Assert.Equal(ReplicaState.Failed, report.State);
        Assert.Contains("unknown@1", report.Failure, StringComparison.Ordinal);
        Assert.Equal(FaultKind.ReplicaGone, (await ScoreAsync(replica)).Fault?.Kind);
    }

    [Fact]
    public async Task Orders_OfAnOlderEpoch_AreRefused()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "c@1");
        await replica.Load(new LoadCommand(5), Cancellation);

        Assert.Equal(ReplicaState.Ready, (await replica.Unload(new LoadCommand(4), Cancellation)).State);
        Assert.Null((await ScoreAsync(replica)).Fault);
        Assert.Equal(ReplicaState.Absent, (await replica.Unload(new LoadCommand(6), Cancellation)).State);
        var late = await replica.Load(new LoadCommand(5), Cancellation);

        Assert.Equal((ReplicaState.Absent, 6), (late.State, late.Epoch));
        Assert.Equal(FaultKind.ReplicaGone, (await ScoreAsync(replica)).Fault?.Kind);
    }

    [Fact]
    public async Task Score_OfRowsThatDoNotFit_ListsEverythingAtOnce()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "d@1");
        await replica.Load(new LoadCommand(1), Cancellation);

        var answer = await replica.Score(
            new ScoreCommand
            {
                Signature = ModelSignature.Default,
                Inputs =
                [
                    Tensor.Copy<double>(
                        TensorBlockPool.Shared, "x", ElementType.Float64, TensorShape.Of(1, 3), [1, 2, 3]),
                    Tensor.Copy<float>(TensorBlockPool.Shared, "z", ElementType.Float32, TensorShape.Of(1), [1]),
                ],
                Outputs = ["y", "w"],
                Rows = 1,
                TimeLeft = ScoringTestCluster.Patience,
            },
            Cancellation);

        Assert.Equal(FaultKind.RequestInvalid, answer.Fault?.Kind);
        Assert.Equal(
            ["inputs[x].datatype", "inputs[x].shape", "inputs[z]", "outputs[w]"],
            answer.Fault!.Violations.Select(v => v.Field).Order(StringComparer.Ordinal));
        Assert.Contains("expected [-1,2], got [1,3]", answer.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_OfARowCountThatTheTensorsContradict_IsRefused()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "d@1");
        await replica.Load(new LoadCommand(1), Cancellation);

        var answer = await replica.Score(Command(2, says: 3), Cancellation);

        Assert.Equal("rows: expected 2, got 3", answer.Fault?.Message);
    }

    [Fact]
    public async Task Score_OfASignatureThatIsNotThere_NamesThoseThatAre()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "d@1");
        await replica.Load(new LoadCommand(1), Cancellation);

        var answer = await replica.Score(Command(1, signature: "embed"), Cancellation);

        Assert.Equal(FaultKind.RequestInvalid, answer.Fault?.Kind);
        Assert.Contains("'embed'; it has serving_default", answer.Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_AfterTheDeadline_DoesNotRun()
    {
        var replica = cluster.Replica(cluster.Silos[0], 0, "d@1");
        await replica.Load(new LoadCommand(1), Cancellation);

        var answer = await replica.Score(Command(31, timeLeft: TimeSpan.Zero), Cancellation);

        Assert.Equal(FaultKind.DeadlineExceeded, answer.Fault?.Kind);
        Assert.DoesNotContain(31, cluster.Runtime(cluster.Silos[0]).Executions);
    }

    private static ScoreCommand Command(
        int rows, float first = 0, int? says = null, string? signature = null, TimeSpan? timeLeft = null) => new()
        {
            Signature = signature ?? ModelSignature.Default,
            Inputs = [FakeModelRuntime.Rows(rows, first)],
            Rows = says ?? rows,
            TimeLeft = timeLeft ?? ScoringTestCluster.Patience,
        };

    private static Task<ScoreAnswer> ScoreAsync(IReplicaGrain replica, int rows = 2, float first = 0) =>
        replica.Score(Command(rows, first), Cancellation);
}
