using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchQueueTests
{
    /// <summary>The block of a small request; a second return of it would throw.</summary>
    private const long BlockBytes = 256;

    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Score_IdleDevice_RunsAtOnceAlone()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();

        var outcome = await model.ScoreAsync(EngineFixture.Request(3, 10), Token)
            .Within("the answer");

        EngineFixture.AssertAnswer(outcome, 3, 10);
        Assert.Equal(3, outcome.BatchRows);
    }

    [Fact]
    public async Task Score_BusyDevice_GathersWhatWaitsIntoOneBatch()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, 5).Select(i => model.ScoreAsync(EngineFixture.Request(2, i * 100), Token))
            .ToList();

        engine.Runtime.Release(2);

        EngineFixture.AssertAnswer(await first.Within("the answer"), 1, 0);
        for (var i = 0; i < waiting.Count; i++)
        {
            var outcome = await waiting[i].Within("the answer");
            EngineFixture.AssertAnswer(outcome, 2, i * 100);
            Assert.Equal(10, outcome.BatchRows);
        }
    }

    [Fact]
    public async Task Score_MoreRowsThanABatch_AreSplitAndAnsweredInOrder()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "4"));
        var model = await engine.LoadAsync();

        var outcome = await model.ScoreAsync(EngineFixture.Request(11, 1), Token)
            .Within("the answer");

        EngineFixture.AssertAnswer(outcome, 11, 1);
        Assert.Equal([4, 4, 3], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_FullQueue_IsRefusedWithAHint()
    {
        await using var engine = new EngineFixture(("Batching:QueueRowsMax", "4"));
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = model.ScoreAsync(EngineFixture.Request(4, 1), Token);

        var refused = await model.ScoreAsync(EngineFixture.Request(1, 9), Token)
            .Within("the answer");

        Assert.Equal(FaultKind.Overloaded, refused.Fault?.Kind);
        Assert.True(refused.Fault!.RetryAfter > TimeSpan.Zero);
        engine.Runtime.Release(2);
        EngineFixture.AssertAnswer(await first, 1, 0);
        EngineFixture.AssertAnswer(await waiting.Within("the answer"), 4, 1);
    }

    [Fact]
    public async Task Score_DeadlineWhileQueued_ExpiresByTimerAndNeverRuns()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = model.ScoreAsync(EngineFixture.Request(2, 5, timeLeft: TimeSpan.FromMilliseconds(100)), Token);

        engine.Time.Advance(TimeSpan.FromMilliseconds(101));

        var outcome = await waiting.Within("the answer");
        Assert.Equal(FaultKind.DeadlineExceeded, outcome.Fault?.Kind);
        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await first.Within("the answer"), 1, 0);
        Assert.Equal([1], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_CallerLeavesWhileQueued_EmptiesItsPlace()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        await using var engine = new EngineFixture(("Batching:QueueRowsMax", "2"));
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        using var leave = new CancellationTokenSource();
        var waiting = model.ScoreAsync(EngineFixture.Request(2, 5, pool: pool), leave.Token);

        await leave.CancelAsync();

        Assert.Equal(FaultKind.Cancelled, (await waiting.Within("the answer")).Fault?.Kind);
        Assert.Equal(BlockBytes, pool.HeldBytes);
        var next = model.ScoreAsync(EngineFixture.Request(2, 7), Token);
        engine.Runtime.Release(2);
        EngineFixture.AssertAnswer(await first.Within("the answer"), 1, 0);
        EngineFixture.AssertAnswer(await next.Within("the answer"), 2, 7);
    }

    [Fact]
    public async Task Score_CallerLeavesWhileAPartExecutes_BlockComesBackOnceThatPartEnds()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        await using var engine = new EngineFixture(("Batching:RowsMax", "2"));
        var model = await engine.LoadAsync();
        engine.Runtime.Hold();
        using var leave = new CancellationTokenSource();
        var running = model.ScoreAsync(EngineFixture.Request(6, 5, pool: pool), leave.Token);
        await engine.Runtime.Started(EngineFixture.Patience, Token);

        await leave.CancelAsync();

        Assert.Equal(FaultKind.Cancelled, (await running.Within("the answer")).Fault?.Kind);
        Assert.Equal(0, pool.HeldBytes);
        engine.Runtime.Release(1);

        // The unload ends when no execution is left.
        await engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token).Within("the unload");
        Assert.Equal([2], engine.Runtime.Executions);
        Assert.Equal(BlockBytes, pool.HeldBytes);
    }

    [Fact]
    public async Task Score_OneBadRequestInABatch_FailsAlone()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var good = model.ScoreAsync(EngineFixture.Request(2, 5), Token);
        var bad = model.ScoreAsync(EngineFixture.Request(1, FakeModelRuntime.Poison), Token);
        var alsoGood = model.ScoreAsync(EngineFixture.Request(1, 8), Token);

        engine.Runtime.Release(6);

        EngineFixture.AssertAnswer(await first.Within("the answer"), 1, 0);
        EngineFixture.AssertAnswer(await good.Within("the answer"), 2, 5);
        EngineFixture.AssertAnswer(await alsoGood.Within("the answer"), 1, 8);
        var fault = (await bad.Within("the answer")).Fault;
        Assert.Equal(FaultKind.ModelFailed, fault?.Kind);
        Assert.Contains("a poisoned row", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_ExclusiveAndPadded_RunsAloneAtItsFixedSize()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var request = new BatchRequest
        {
            Signature = FakeModelRuntime.Signature,
            Inputs = [FakeModelRuntime.Rows(3, 40)],
            Rows = 3,
            Lane = Lane.Archive,
            Exclusive = true,
            PadToRows = 8,
        };
        var archive = model.ScoreAsync(request, Token);
        var other = model.ScoreAsync(EngineFixture.Request(1, 60, Lane.Archive), Token);

        engine.Runtime.Release(3);

        EngineFixture.AssertAnswer(await first.Within("the answer"), 1, 0);
        EngineFixture.AssertAnswer(await archive.Within("the answer"), 3, 40);
        EngineFixture.AssertAnswer(await other.Within("the answer"), 1, 60);
        Assert.Equal([1, 8, 1], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_FullQueue_HintIsTheTimeThatItsRowsTake()
    {
        await using var engine = new EngineFixture(("Batching:QueueRowsMax", "3"));
        var model = await engine.LoadAsync();
        var measured = await engine.Occupy(model);
        engine.Time.Advance(TimeSpan.FromSeconds(2));
        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await measured.Within("the measured row"), 1, 0);
        var first = await engine.Occupy(model);
        var waiting = model.ScoreAsync(EngineFixture.Request(3, 1), Token);

        var refused = await model.ScoreAsync(EngineFixture.Request(1, 9), Token).Within("the refusal");

        Assert.Equal(TimeSpan.FromSeconds(6), refused.Fault?.RetryAfter);
        Assert.Equal(6, model.QueuedSeconds);
        engine.Runtime.Release(2);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        EngineFixture.AssertAnswer(await waiting.Within("the rows that waited"), 3, 1);
    }

    [Fact]
    public async Task Score_MoreThanTheQueueEverTakes_IsTooLargeRatherThanOverloaded()
    {
        await using var engine = new EngineFixture(("Batching:QueueBytesMax", "64"));
        var model = await engine.LoadAsync();

        var refused = await model.ScoreAsync(EngineFixture.Request(9, 1), Token).Within("the refusal");

        Assert.Equal(FaultKind.RequestTooLarge, refused.Fault?.Kind);
        EngineFixture.AssertAnswer(
            await model.ScoreAsync(EngineFixture.Request(8, 1), Token).Within("the answer"), 8, 1);
    }

    [Fact]
    public async Task Score_TimeOverOrCallerGoneBefore_NeverRuns()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();

        var expired = await model.ScoreAsync(EngineFixture.Request(1, 1, timeLeft: TimeSpan.Zero), Token)
            .Within("the expired answer");
        var cancelled = await model
            .ScoreAsync(EngineFixture.Request(1, 1, pool: pool), new CancellationToken(canceled: true))
            .Within("the cancelled answer");

        Assert.Equal(FaultKind.DeadlineExceeded, expired.Fault?.Kind);
        Assert.Equal(FaultKind.Cancelled, cancelled.Fault?.Kind);
        Assert.Equal(BlockBytes, pool.HeldBytes);
        Assert.Empty(engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_TimerIsLate_RowsPastTheirDeadlineDoNotRun()
    {
        await using var engine = new EngineFixture(new TimeWithoutTimers());
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = model.ScoreAsync(EngineFixture.Request(1, 5, timeLeft: TimeSpan.FromMilliseconds(100)), Token);
        engine.Time.Advance(TimeSpan.FromMilliseconds(100));

        engine.Runtime.Release(1);

        Assert.Equal(FaultKind.DeadlineExceeded, (await waiting.Within("the expired answer")).Fault?.Kind);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        Assert.Equal([1], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_MixedShapes_GatherWithTheirOwnKind()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, 6)
            .Select(i => model.ScoreAsync(EngineFixture.Ragged(1 + (i % 2), i), Token)).ToList();

        engine.Runtime.Release(3);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        for (var i = 0; i < waiting.Count; i++)
        {
            var outcome = await waiting[i].Within($"request {i}");
            Assert.Null(outcome.Fault);
            Assert.Equal(3, outcome.BatchRows);
            using var output = Assert.Single(outcome.Outputs);
            Assert.Equal(
                Enumerable.Repeat(new[] { i + 1f, i - 1f }, 1 + (i % 2)).SelectMany(pair => pair),
                output.Values<float>().ToArray());
        }
    }

    [Fact]
    public async Task Score_FixedBatchLargerThanRowsMax_IsOneExecution()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "4"));
        var model = await engine.LoadAsync();
        var request = new BatchRequest
        {
            Signature = FakeModelRuntime.Signature,
            Inputs = [FakeModelRuntime.Rows(9, 3)],
            Rows = 9,
            Lane = Lane.Archive,
            Exclusive = true,
            PadToRows = 10,
        };

        EngineFixture.AssertAnswer(await model.ScoreAsync(request, Token).Within("the answer"), 9, 3);

        Assert.Equal([10], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Score_WithoutBatchAxis_RunsOneByOne()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, 3).Select(i => model.ScoreAsync(
            new BatchRequest
            {
                Signature = FakeModelRuntime.Whole,
                Inputs = [Tensor.Copy<float>(
                    TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(2), [i, 1])],
                Rows = 1,
            },
            Token)).ToList();

        engine.Runtime.Release(4);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        for (var i = 0; i < waiting.Count; i++)
        {
            EngineFixture.AssertAnswer(await waiting[i].Within($"request {i}"), 1, i);
        }

        Assert.Equal(3, engine.Runtime.Log.Count(execution => execution.Signature == FakeModelRuntime.Whole.Name));
    }

    /// <summary>A clock whose timers never fire, as on a pool that has no thread left.</summary>
    private sealed class TimeWithoutTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(
            TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
