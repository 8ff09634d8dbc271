using CsCheck;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchQueueTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Score_IdleDevice_RunsAtOnceAlone()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();

        var outcome = await model.ScoreAsync(EngineFixture.Request(3, 10), Token)
            .WaitAsync(EngineFixture.Patience, Token);

        EngineFixture.AssertAnswer(outcome, 3, 10);
        Assert.Equal(3, outcome.BatchRows);
    }

    [Fact]
    public async Task Score_BusyDevice_GathersWhatWaitsIntoOneBatch()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
        var waiting = Enumerable.Range(0, 5).Select(i => model.ScoreAsync(EngineFixture.Request(2, i * 100), Token))
            .ToList();

        engine.Runtime.Release(2);

        EngineFixture.AssertAnswer(await first.WaitAsync(EngineFixture.Patience, Token), 1, 0);
        for (var i = 0; i < waiting.Count; i++)
        {
            var outcome = await waiting[i].WaitAsync(EngineFixture.Patience, Token);
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
            .WaitAsync(EngineFixture.Patience, Token);

        EngineFixture.AssertAnswer(outcome, 11, 1);
        Assert.Equal([4, 4, 3], engine.Runtime.Executions.Skip(1));
    }

    [Fact]
    public async Task Score_FullQueue_IsRefusedWithAHint()
    {
        await using var engine = new EngineFixture(("Batching:QueueRowsMax", "4"));
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
        var waiting = model.ScoreAsync(EngineFixture.Request(4, 1), Token);

        var refused = await model.ScoreAsync(EngineFixture.Request(1, 9), Token)
            .WaitAsync(EngineFixture.Patience, Token);

        Assert.Equal(FaultKind.Overloaded, refused.Fault?.Kind);
        Assert.True(refused.Fault!.RetryAfter > TimeSpan.Zero);
        engine.Runtime.Release(2);
        EngineFixture.AssertAnswer(await first, 1, 0);
        EngineFixture.AssertAnswer(await waiting.WaitAsync(EngineFixture.Patience, Token), 4, 1);
    }

    [Fact]
    public async Task Score_DeadlineWhileQueued_ExpiresByTimerAndNeverRuns()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
        var waiting = model.ScoreAsync(EngineFixture.Request(2, 5, timeLeft: TimeSpan.FromMilliseconds(100)), Token);

        engine.Time.Advance(TimeSpan.FromMilliseconds(101));

        var outcome = await waiting.WaitAsync(EngineFixture.Patience, Token);
        Assert.Equal(FaultKind.DeadlineExceeded, outcome.Fault?.Kind);
        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await first.WaitAsync(EngineFixture.Patience, Token), 1, 0);
        Assert.Equal([1], engine.Runtime.Executions.Skip(1));
    }

    [Fact]
    public async Task Score_CallerLeavesWhileQueued_EmptiesItsPlace()
    {
        await using var engine = new EngineFixture(("Batching:QueueRowsMax", "2"));
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
        using var leave = new CancellationTokenSource();
        var waiting = model.ScoreAsync(EngineFixture.Request(2, 5), leave.Token);

        await leave.CancelAsync();

        Assert.Equal(FaultKind.Cancelled, (await waiting.WaitAsync(EngineFixture.Patience, Token)).Fault?.Kind);
        var next = model.ScoreAsync(EngineFixture.Request(2, 7), Token);
        engine.Runtime.Release(2);
        EngineFixture.AssertAnswer(await first.WaitAsync(EngineFixture.Patience, Token), 1, 0);
        EngineFixture.AssertAnswer(await next.WaitAsync(EngineFixture.Patience, Token), 2, 7);
    }

    [Fact]
    public async Task Score_OneBadRequestInABatch_FailsAlone()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
        var good = model.ScoreAsync(EngineFixture.Request(2, 5), Token);
        var bad = model.ScoreAsync(EngineFixture.Request(1, FakeModelRuntime.Poison), Token);
        var alsoGood = model.ScoreAsync(EngineFixture.Request(1, 8), Token);

        engine.Runtime.Release(5);

        EngineFixture.AssertAnswer(await first.WaitAsync(EngineFixture.Patience, Token), 1, 0);
        EngineFixture.AssertAnswer(await good.WaitAsync(EngineFixture.Patience, Token), 2, 5);
        EngineFixture.AssertAnswer(await alsoGood.WaitAsync(EngineFixture.Patience, Token), 1, 8);
        var fault = (await bad.WaitAsync(EngineFixture.Patience, Token)).Fault;
        Assert.Equal(FaultKind.ModelFailed, fault?.Kind);
        Assert.Contains("a poisoned row", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_ExclusiveAndPadded_RunsAloneAtItsFixedSize()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await Occupy(engine, model);
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

        EngineFixture.AssertAnswer(await first.WaitAsync(EngineFixture.Patience, Token), 1, 0);
        EngineFixture.AssertAnswer(await archive.WaitAsync(EngineFixture.Patience, Token), 3, 40);
        EngineFixture.AssertAnswer(await other.WaitAsync(EngineFixture.Patience, Token), 1, 60);
        Assert.Equal([1, 8, 1], engine.Runtime.Executions.Skip(1));
    }

    [Fact]
    public async Task Score_RandomSchedules_LoseDoubleOrSwapNoRow() => await Gen.Select(
        Gen.Select(Gen.Int[1, 9], Gen.Bool, Gen.Bool).List[1, 40], Gen.Int[1, 6])
            .SampleAsync(async (requests, rowsMax) =>
    {
        await using var engine = new EngineFixture(
            ("Batching:RowsMax", $"{rowsMax}"), ("Devices:Cpu:0", "cpu:0=2"));
        var model = await engine.LoadAsync();
        var answers = requests.Select((r, i) => model.ScoreAsync(
            EngineFixture.Request(r.Item1, 1_000 + (i * 20), r.Item2 ? Lane.Archive : Lane.Online), Token)).ToList();
        for (var i = 0; i < answers.Count; i++)
        {
            EngineFixture.AssertAnswer(
                await answers[i].WaitAsync(EngineFixture.Patience, Token), requests[i].Item1, 1_000 + (i * 20));
        }

        // Two slots are warmed up with one row each.
        Assert.Equal(requests.Sum(r => r.Item1), engine.Runtime.Executions.Sum() - 2);
    }, iter: 50);

    /// <summary>One row that executes and stays at the gate, so that what comes next has to wait.</summary>
    private static async Task<Task<BatchOutcome>> Occupy(EngineFixture engine, LoadedModel model)
    {
        engine.Runtime.Hold();
        var first = model.ScoreAsync(EngineFixture.Request(1, 0), Token);
        await engine.Runtime.Started(EngineFixture.Patience, Token);
        return first;
    }
}
