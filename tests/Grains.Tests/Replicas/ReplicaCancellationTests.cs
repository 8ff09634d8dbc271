using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Replicas;

/// <summary>On a cluster of its own, whose engine is held.</summary>
public sealed class ReplicaCancellationTests : IAsyncLifetime
{
    private readonly ScoringTestCluster _cluster = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Score_WhoseCallerLeaves_LeavesTheQueueWhileTheDeviceIsBusy()
    {
        await _cluster.TableAsync(
            t => t.Entries.Length > 0 && t.Entries.All(e => e.Replicas.All(r => r.State == ReplicaState.Ready)),
            "every replica ready");
        var silo = _cluster.Silos[0];
        var replica = _cluster.Replica(silo, 0, "a@2");
        var runtime = _cluster.Runtime(silo);

        // The first execution tells what a row costs: queued seconds follow from it.
        await replica.Score(Command(4), Cancellation);
        runtime.Hold();
        var running = replica.Score(Command(5), Cancellation);
        await runtime.Started(ScoringTestCluster.Patience, Cancellation);

        using var leave = new CancellationTokenSource();
        var waiting = replica.Score(Command(6), leave.Token);
        await UntilAsync(() => Queued(silo) > 0, "rows in the queue");
        await leave.CancelAsync();
        await UntilAsync(() => Queued(silo) == 0, "an empty queue");

        runtime.Release(1);
        Assert.Null((await running).Fault);
        Assert.DoesNotContain(6, runtime.Executions);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private double Queued(string silo)
    {
        var host = _cluster.Cluster.GetSiloServiceProvider(
            _cluster.Cluster.Silos.Single(s => s.Name == silo).SiloAddress).GetRequiredService<ReplicaHost>();
        using var lease = host.TryLease(DeviceId.Cpu(0), new ModelRef("a", 2));
        return lease!.Model.QueuedSeconds;
    }

    private static async Task UntilAsync(Func<bool> condition, string awaited)
    {
        using var timeout = new CancellationTokenSource(ScoringTestCluster.Patience);
        while (!condition())
        {
            if (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"Awaited: {awaited}.");
            }

            await Task.Yield();
        }
    }

    private static ScoreCommand Command(int rows) => new()
    {
        Signature = ModelSignature.Default,
        Inputs = [FakeModelRuntime.Rows(rows, 0)],
        Rows = rows,
        TimeLeft = ScoringTestCluster.Patience,
    };
}
