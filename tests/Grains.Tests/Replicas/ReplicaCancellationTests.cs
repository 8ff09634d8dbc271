using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Replicas;

/// <summary>On a cluster of its own, whose engine is held.</summary>
public sealed class ReplicaCancellationTests : IAsyncLifetime
{
    /// <summary>The block of a small command; a second return of it would throw.</summary>
    private const long BlockBytes = 256;

    private readonly ScoringTestCluster _cluster = new();
    private readonly TensorBlockPool _pool = new(TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Silo => _cluster.Silos[0];

    private FakeModelRuntime Runtime => _cluster.Runtime(Silo);

    [Fact]
    public async Task Score_WhoseCallerLeaves_LeavesTheQueueWhileTheDeviceIsBusy()
    {
        var running = await OccupyAsync();
        using var leave = new CancellationTokenSource();

        var waiting = _cluster.Replica(Silo, 0, "a@2").Score(Command(6, _pool), leave.Token);
        await UntilAsync(() => Queued() > 0, "rows in the queue");
        await leave.CancelAsync();
        await UntilAsync(() => Queued() == 0, "an empty queue");

        Runtime.Release(1);
        Assert.Null((await running).Fault);
        Assert.DoesNotContain(6, Runtime.Executions);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        // Back since its bytes were in the message, and not once more when the call was given up.
        Assert.Equal(BlockBytes, _pool.HeldBytes);
    }

    [Fact]
    public async Task Score_WithoutAMessage_WhoseCallerLeaves_ReturnsTheBlocksThatItWasHanded()
    {
        var running = await OccupyAsync();
        using var leave = new CancellationTokenSource();

        var waiting = Services.GetRequiredService<ILocalReplicas>().ScoreAsync(
            new ReplicaKey(Silo, DeviceId.Cpu(0), new ModelRef("a", 2)), Command(6, _pool), leave.Token);
        Assert.Equal(0, _pool.HeldBytes);
        await leave.CancelAsync();

        Assert.Equal(
            FaultKind.Cancelled, (await waiting.WaitAsync(ScoringTestCluster.Patience, Cancellation)).Fault?.Kind);
        Assert.Equal(BlockBytes, _pool.HeldBytes);
        Runtime.Release(1);
        Assert.Null((await running).Fault);
        Assert.DoesNotContain(6, Runtime.Executions);
    }

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        // A test that failed left an execution at the gate, and its silo would wait for it.
        Runtime.Release(100);
        await _cluster.DisposeAsync();
        _pool.Dispose();
    }

    private IServiceProvider Services => _cluster.Cluster.GetSiloServiceProvider(
        _cluster.Cluster.Silos.Single(s => s.Name == Silo).SiloAddress);

    /// <summary>A call that stays in the engine, so that what comes next has to wait.</summary>
    private async Task<Task<ScoreAnswer>> OccupyAsync()
    {
        // On all devices of both silos: a load that is still under way would execute, and come to the gate.
        await _cluster.TableAsync(
            t => t.Entries.Length > 0
                && t.Entries.All(e => e.Replicas.Count(r => r.State == ReplicaState.Ready) == 4),
            "every replica ready");
        var replica = _cluster.Replica(Silo, 0, "a@2");

        // The first execution tells what a row costs: queued seconds follow from it. It does not tell what one of the
        // second's size takes: what is known to be short may run, and be held, on its caller's thread.
        await replica.Score(Command(4), Cancellation);
        Runtime.Hold();
        var running = replica.Score(Command(16), Cancellation);
        await Runtime.Started(ScoringTestCluster.Patience, Cancellation);
        return running;
    }

    private double Queued()
    {
        using var lease = Services.GetRequiredService<ReplicaHost>().TryLease(DeviceId.Cpu(0), new ModelRef("a", 2));
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

    private static ScoreCommand Command(int rows, TensorBlockPool? pool = null) => new()
    {
        Signature = ModelSignature.Default,
        Inputs = [FakeModelRuntime.Rows(rows, 0, pool)],
        Rows = rows,
        TimeLeft = ScoringTestCluster.Patience,
    };
}
