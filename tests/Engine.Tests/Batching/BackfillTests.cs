using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

/// <summary>Archive rows in the room that online batches leave: on one slot, behind an occupied device.</summary>
public sealed class BackfillTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Theory]
    [InlineData(1, 7, new[] { 8 })]
    [InlineData(2, 7, new[] { 8, 1 })]
    [InlineData(1, 3, new[] { 4 })]
    [InlineData(1, 5, new[] { 4, 2 })]
    [InlineData(1, 12, new[] { 8, 5 })]
    [InlineData(8, 3, new[] { 8, 3 })]
    public async Task Online_WithRoom_TakesArchiveRowsInTheirOrder(int online, int archive, int[] batches)
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));
        var model = await MeasuredAsync(engine, _ => 40);

        Assert.Equal(batches, await PlayAsync(engine, model, online, Archive(archive)));
        Assert.Equal(online < 8 ? 1 : 0, Backfilled(model));
    }

    [Fact]
    public async Task Archive_RowsInOneExecution_CountItsTimeOnce()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));
        var model = await MeasuredAsync(engine, _ => 40);
        var first = await engine.Occupy(model);
        var online = model.ScoreAsync(EngineFixture.Request(1, 7), Token);
        var archive = model.ScoreAsync(Archive(3), Token);

        engine.Runtime.Release(100);

        var outcome = await archive.Within("the archive");
        Assert.Equal((TimeSpan.FromMilliseconds(40), 4), (outcome.Computed, outcome.BatchRows));
        EngineFixture.AssertAnswer(outcome, 3, 100);
        EngineFixture.AssertAnswer(await online.Within("the online row"), 1, 7);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
    }

    [Fact]
    public async Task Exclusive_ArchiveRows_AreNeverMerged()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));
        var model = await MeasuredAsync(engine, _ => 40);

        Assert.Equal([1, 5], await PlayAsync(engine, model, 1, Archive(5, exclusive: true)));
        Assert.Equal(0, Backfilled(model));
    }

    [Theory]
    [InlineData("0.2", new[] { 1, 5 })]
    [InlineData("0.55", new[] { 4, 2 })]
    [InlineData("0.75", new[] { 6 })]
    public async Task ArchiveShare_LimitsTheTimeThatIsAdded(string share, int[] batches)
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"), ("Batching:ArchiveShare", share));
        var model = await MeasuredAsync(engine, rows => 20 + (10 * rows));

        Assert.Equal(batches, await PlayAsync(engine, model, 1, Archive(5)));
    }

    [Fact]
    public async Task CapByCost_RowsThatCostNoLessTogether_AreNotAdded()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"), ("Batching:ArchiveShare", "0.9"));
        var model = await MeasuredAsync(engine, rows => 40 * rows);

        Assert.Equal([1, 1, 1, 1], await PlayAsync(engine, model, 1, Archive(3)));
    }

    [Theory]
    [InlineData(85, new[] { 1, 7 })]
    [InlineData(100, new[] { 8 })]
    public async Task Deadline_ThatTheLargerExecutionWouldMiss_IsKept(int milliseconds, int[] batches)
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));
        var model = await MeasuredAsync(engine, rows => rows == 1 ? 40 : 48);

        Assert.Equal(
            batches,
            await PlayAsync(engine, model, 1, Archive(7), TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public async Task Costs_ThatNobodyMeasured_AreNotGuessed()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));

        Assert.Equal([1, 5], await PlayAsync(engine, await engine.LoadAsync(), 1, Archive(5)));
    }

    [Fact]
    public async Task AllowedRows_ArchiveRowsTakeThePlaceOfPadding()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"), ("Batching:AllowedRows:0", "8"));
        var model = await engine.LoadAsync();

        Assert.Equal([8], await PlayAsync(engine, model, 1, Archive(5)));
        Assert.Equal(7 + 2, model.Batching.Totals.PaddingRows);
    }

    [Fact]
    public async Task PreferredRows_AreFilledUpTo()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"), ("Batching:PreferredRows:0", "4"));
        var model = await MeasuredAsync(engine, _ => 40);

        Assert.Equal([4, 2], await PlayAsync(engine, model, 1, Archive(5)));
    }

    [Fact]
    public async Task Isolation_ABadArchiveRow_FailsNoOnlineRow()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "8"));
        var model = await MeasuredAsync(engine, _ => 40);
        var first = await engine.Occupy(model);
        var online = Enumerable.Range(0, 3).Select(i => model.ScoreAsync(EngineFixture.Request(1, i), Token)).ToList();
        var archive = model.ScoreAsync(Archive(4, FakeModelRuntime.Poison - 2), Token);

        engine.Runtime.Release(100);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        for (var i = 0; i < online.Count; i++)
        {
            EngineFixture.AssertAnswer(await online[i].Within($"row {i}"), 1, i);
        }

        Assert.Equal(FaultKind.ModelFailed, (await archive.Within("the archive")).Fault?.Kind);
        Assert.Equal(1, Backfilled(model));
    }

    private static BatchRequest Archive(int rows, float first = 100, bool exclusive = false) => new()
    {
        Signature = FakeModelRuntime.Signature,
        Inputs = [FakeModelRuntime.Rows(rows, first)],
        Rows = rows,
        Lane = Lane.Archive,
        Exclusive = exclusive,
        PadToRows = exclusive ? rows : 0,
    };

    private static long Backfilled(LoadedModel model) =>
        model.Batching.Totals.ClosedBy.Where(reason => reason.Name == "backfilled").Sum(reason => reason.Count);

    /// <summary>
    /// A model of which is known what executions of 1, 2, 4 and 8 rows take. The archive measured it, so that it is
    /// owed no time.
    /// </summary>
    private static async Task<LoadedModel> MeasuredAsync(EngineFixture engine, Func<int, int> milliseconds)
    {
        var model = await engine.LoadAsync();
        engine.Runtime.Executing = rows => engine.Time.Advance(TimeSpan.FromMilliseconds(milliseconds(rows)));
        foreach (var rows in Enumerable.Repeat((int[])[1, 2, 4, 8], 3).SelectMany(sizes => sizes))
        {
            var measured = model.ScoreAsync(Archive(rows, exclusive: true), Token);
            EngineFixture.AssertAnswer(await measured.Within($"{rows} rows that are measured"), rows, 100);
        }

        engine.Runtime.Forget();
        return model;
    }

    /// <summary>Lets single online rows and one archive request wait behind an occupied device.</summary>
    /// <returns>Rows of their executions.</returns>
    private static async Task<IEnumerable<int>> PlayAsync(
        EngineFixture engine, LoadedModel model, int online, BatchRequest archive, TimeSpan? timeLeft = null)
    {
        var first = await engine.Occupy(model);
        var archived = model.ScoreAsync(archive, Token);
        var waiting = Enumerable.Range(0, online)
            .Select(i => model.ScoreAsync(EngineFixture.Request(1, i, timeLeft: timeLeft), Token)).ToList();

        engine.Runtime.Release(100);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        for (var i = 0; i < waiting.Count; i++)
        {
            EngineFixture.AssertAnswer(await waiting[i].Within($"row {i}"), 1, i);
        }

        EngineFixture.AssertAnswer(await archived.Within("the archive"), archive.Rows, 100);
        return engine.Runtime.Executions.Skip(1);
    }
}
