using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

/// <summary>What options say of sizes, delays, priorities and times, on one slot behind an occupied device.</summary>
public sealed class BatchSemanticsTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Theory]
    [InlineData(9, new[] { 8, 1 })]
    [InlineData(7, new[] { 4, 3 })]
    [InlineData(3, new[] { 3 })]
    public async Task PreferredRows_CloseABatchAtTheLargestThatIsFilled(int singles, int[] batches)
    {
        await using var engine = new EngineFixture(
            ("Batching:PreferredRows:0", "4"), ("Batching:PreferredRows:1", "8"));

        Assert.Equal(batches, await Gathered(engine, singles));
    }

    [Theory]
    [InlineData(5, new[] { 8 }, 3)]
    [InlineData(8, new[] { 8 }, 0)]
    [InlineData(2, new[] { 2 }, 0)]
    public async Task AllowedRows_ArePaddedToAndThePaddingIsCounted(int singles, int[] batches, int padding)
    {
        await using var engine = new EngineFixture(
            ("Batching:RowsMax", "8"), ("Batching:AllowedRows:0", "1"), ("Batching:AllowedRows:1", "2"),
            ("Batching:AllowedRows:2", "8"));

        Assert.Equal(batches, await Gathered(engine, singles));
        Assert.Equal(padding, (await engine.LoadAsync()).Batching.Totals.PaddingRows);
    }

    [Fact]
    public async Task DelayMax_HoldsRowsBackFromAFreeSlot_UntilItIsOver()
    {
        await using var engine = new EngineFixture(("Batching:DelayMax", "00:00:00.010"));
        var model = await engine.LoadAsync();
        var waiting = Enumerable.Range(0, 3)
            .Select(i => model.ScoreAsync(EngineFixture.Request(1, i), Token)).ToList();
        Assert.Empty(engine.Runtime.Executions);

        engine.Time.Advance(TimeSpan.FromMilliseconds(10));

        await AssertSingles(waiting);
        Assert.Equal([3], engine.Runtime.Executions);
        Assert.Equal("delay", Assert.Single(model.Batching.Totals.ClosedBy).Name);
    }

    [Fact]
    public async Task DelayMax_EndsWhenEnoughRowsAreThere()
    {
        await using var engine = new EngineFixture(
            ("Batching:DelayMax", "00:00:00.010"), ("Batching:PreferredRows:0", "4"));
        var model = await engine.LoadAsync();

        var waiting = Enumerable.Range(0, 4)
            .Select(i => model.ScoreAsync(EngineFixture.Request(1, i), Token)).ToList();

        await AssertSingles(waiting);
        Assert.Equal([4], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Priority_LowerLevelsAreServedFirst_AndTheDefaultIsTheLast()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"), ("Batching:PriorityLevels", "3"));
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        int[] priorities = [0, 3, 2, 1, 2, 99];
        var waiting = priorities.Select((p, i) => model.ScoreAsync(Prioritised(i, p), Token)).ToList();
        var order = new List<int>();

        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        while (order.Count < waiting.Count)
        {
            await engine.Runtime.Started(EngineFixture.Patience, Token);
            engine.Runtime.Release(1);
            var next = await Task.WhenAny(waiting.Where((_, i) => !order.Contains(i))).Within("the next row");
            order.Add(waiting.IndexOf(next));
            (await next).Outputs[0].Dispose();
        }

        Assert.Equal([3, 2, 4, 0, 1, 5], order);
    }

    [Fact]
    public async Task QueueTimeMax_EndsTheWaitWithAHint()
    {
        await using var engine = new EngineFixture(("Batching:QueueTimeMax", "00:00:01"));
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = model.ScoreAsync(EngineFixture.Request(1, 5), Token);
        var shorter = model.ScoreAsync(EngineFixture.Request(1, 5, timeLeft: TimeSpan.FromSeconds(0.5)), Token);

        engine.Time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.Equal(FaultKind.DeadlineExceeded, (await shorter.Within("the deadline")).Fault?.Kind);
        engine.Time.Advance(TimeSpan.FromSeconds(0.6));

        var fault = (await waiting.Within("the end of the wait")).Fault;
        Assert.Equal(FaultKind.Overloaded, fault?.Kind);
        Assert.NotNull(fault!.RetryAfter);
        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
    }

    [Fact]
    public async Task Deadline_ThatTheRowsBeforeDoNotLeaveTimeFor_IsRefusedAtOnce()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"));
        var (model, waiting) = await Busy(engine, TimeSpan.FromMilliseconds(100), rows: 5);

        var refused = await model.ScoreAsync(
            EngineFixture.Request(1, 7, timeLeft: TimeSpan.FromMilliseconds(300)), Token).Within("the refusal");
        var accepted = model.ScoreAsync(EngineFixture.Request(1, 8, timeLeft: TimeSpan.FromSeconds(2)), Token);

        Assert.Equal(FaultKind.Overloaded, refused.Fault?.Kind);
        Assert.Equal(0.5, refused.Fault!.RetryAfter!.Value.TotalSeconds, 0.05);
        engine.Runtime.Release(100);
        await AssertSingles(waiting);
        EngineFixture.AssertAnswer(await accepted.Within("the patient one"), 1, 8);
    }

    [Fact]
    public async Task Deadline_ThatAnExecutionWouldMiss_IsNotExecutedWhileOthersWait()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"));
        var (model, waiting) = await Busy(engine, TimeSpan.FromMilliseconds(100), rows: 1);
        var late = model.ScoreAsync(
            EngineFixture.Request(1, 7, timeLeft: TimeSpan.FromMilliseconds(350)), Token);
        var after = model.ScoreAsync(EngineFixture.Request(1, 8), Token);
        engine.Runtime.Executing = null;

        engine.Time.Advance(TimeSpan.FromMilliseconds(300));
        engine.Runtime.Release(100);

        await AssertSingles(waiting);
        Assert.Equal(FaultKind.DeadlineExceeded, (await late.Within("the late one")).Fault?.Kind);
        EngineFixture.AssertAnswer(await after.Within("the one after"), 1, 8);
        Assert.Equal(1, model.Batching.Totals.Expired);
    }

    [Fact]
    public async Task Isolation_OneBadRowOf32_CostsAFewExecutions()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, 32).Select(i => model.ScoreAsync(
            EngineFixture.Request(1, i == 13 ? FakeModelRuntime.Poison : i), Token)).ToList();

        engine.Runtime.Release(100);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        await AssertSingles(waiting, bad: 13);
        Assert.InRange(engine.Runtime.Executions.Count, 11, 12);
    }

    [Fact]
    public async Task Isolation_WhereEveryRowFails_GivesUpOnTheModel()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, 32).Select(_ => model.ScoreAsync(
            EngineFixture.Request(1, FakeModelRuntime.Poison), Token)).ToList();

        engine.Runtime.Release(100);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        foreach (var answer in waiting)
        {
            Assert.Equal(FaultKind.ModelFailed, (await answer.Within("a bad row")).Fault?.Kind);
        }

        Assert.InRange(engine.Runtime.Executions.Count, 2, 30);
    }

    [Fact]
    public async Task Isolation_14CallersOfWhich2SendBadRows_NoGoodRowFails()
    {
        await using var engine = new EngineFixture(("Devices:Cpu:0", "cpu:0=2"));
        var model = await engine.LoadAsync();

        await Task.WhenAll(Enumerable.Range(0, 14).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    var first = caller < 2 ? FakeModelRuntime.Poison : (1_000 * caller) + i;
                    var outcome = await model.ScoreAsync(EngineFixture.Request(1, first), Token);
                    if (caller < 2)
                    {
                        Assert.Equal(FaultKind.ModelFailed, outcome.Fault?.Kind);
                    }
                    else
                    {
                        EngineFixture.AssertAnswer(outcome, 1, first);
                    }
                }
            },
            Token))).Within("all callers");
    }

    [Fact]
    public async Task BatchDependent_Declared_IsNeverMerged()
    {
        await using var engine = new EngineFixture(("Batching:Models:m:BatchDependent", "true"));

        Assert.Equal([1, 1, 1], await Gathered(engine, 3));
    }

    [Fact]
    public async Task Options_OfOneModel_AreNotAnothers()
    {
        await using var engine = new EngineFixture(
            ("Batching:RowsMax", "16"), ("Batching:PreferredRows:0", "2"), ("Batching:PreferredRows:1", "3"),
            ("Batching:Models:m:RowsMax", "8"), ("Batching:Models:m:PreferredRows:0", "5"));

        var (one, other) = (await engine.LoadAsync(), await engine.LoadAsync(EngineFixture.Other));

        Assert.Equal((8, 16), (one.BatchRowsMax, other.BatchRowsMax));
        Assert.Equal(("5", "2, 3"), (Option(one, "PreferredRows"), Option(other, "PreferredRows")));
    }

    private static string Option(LoadedModel model, string name) =>
        model.Batching.Options.Single(option => option.Name == name).Text;

    private static BatchRequest Prioritised(float first, int priority) => new()
    {
        Signature = FakeModelRuntime.Signature,
        Inputs = [FakeModelRuntime.Rows(1, first)],
        Rows = 1,
        Priority = priority,
    };

    /// <summary>Lets single rows gather behind an occupied device.</summary>
    /// <returns>Rows of their executions.</returns>
    private static async Task<IEnumerable<int>> Gathered(EngineFixture engine, int singles)
    {
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = Enumerable.Range(0, singles)
            .Select(i => model.ScoreAsync(EngineFixture.Request(1, i), Token)).ToList();
        engine.Runtime.Release(100);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        await AssertSingles(waiting);
        return engine.Runtime.Executions.Skip(1);
    }

    /// <summary>A device of which it is known what a row takes, and that is occupied, with rows that wait.</summary>
    private static async Task<(LoadedModel Model, List<Task<BatchOutcome>> Waiting)> Busy(
        EngineFixture engine, TimeSpan perRow, int rows)
    {
        var model = await engine.LoadAsync();
        engine.Runtime.Executing = _ => engine.Time.Advance(perRow);
        EngineFixture.AssertAnswer(
            await model.ScoreAsync(EngineFixture.Request(1, 0), Token).Within("the row that is measured"), 1, 0);
        engine.Runtime.Hold();
        var waiting = new List<Task<BatchOutcome>> { model.ScoreAsync(EngineFixture.Request(1, 0), Token) };
        await engine.Runtime.Started(EngineFixture.Patience, Token);
        waiting.AddRange(Enumerable.Range(1, rows).Select(i => model.ScoreAsync(EngineFixture.Request(1, i), Token)));
        return (model, waiting);
    }

    private static async Task AssertSingles(List<Task<BatchOutcome>> waiting, int bad = -1)
    {
        for (var i = 0; i < waiting.Count; i++)
        {
            var outcome = await waiting[i].Within($"row {i}");
            if (i == bad)
            {
                Assert.Equal(FaultKind.ModelFailed, outcome.Fault?.Kind);
            }
            else
            {
                EngineFixture.AssertAnswer(outcome, 1, i);
            }
        }
    }
}
