using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Engine.Tests.Devices;

public sealed class DeviceSlotsTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Take_TwoBusyModels_AreServedInTurn()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"));
        var one = await engine.LoadAsync();
        var two = await engine.LoadAsync(EngineFixture.Other);

        var order = await Play(engine, one, [
            .. Enumerable.Repeat((one, Lane.Online), 4), .. Enumerable.Repeat((two, Lane.Online), 4)]);

        // Whoever is first, no model is served twice while the other waits.
        Assert.All(Enumerable.Range(1, 7), i => Assert.NotEqual(order[i - 1].Model, order[i].Model));
    }

    [Fact]
    public async Task Take_ArchiveOfOneModel_YieldsToOnlineOfAnotherAndStillMoves()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"), ("Batching:ArchiveShare", "0.333"));
        var one = await engine.LoadAsync();
        var two = await engine.LoadAsync(EngineFixture.Other);

        engine.Runtime.Executing = _ => engine.Time.Advance(TimeSpan.FromMilliseconds(10));

        var order = await Play(engine, one, [
            .. Enumerable.Repeat((one, Lane.Archive), 4), .. Enumerable.Repeat((two, Lane.Online), 6)]);

        Assert.Equal(
            [
                // The row that occupied the device was online, and the archive waited for it already.
                Lane.Archive, Lane.Online, Lane.Online, Lane.Archive, Lane.Online, Lane.Online, Lane.Archive,
                Lane.Online, Lane.Online, Lane.Archive,
            ],
            order.Select(turn => turn.Lane));
    }

    [Fact]
    public async Task Take_SeveralSlots_ExecuteAtTheSameTimeOnThreadsOfTheirOwn()
    {
        await using var engine = new EngineFixture(("Devices:Cpu:0", "cpu:0=3"), ("Batching:RowsMax", "1"));
        var model = await engine.LoadAsync();
        engine.Runtime.Hold();

        var split = model.ScoreAsync(EngineFixture.Request(3, 1), Token);
        for (var i = 0; i < 3; i++)
        {
            await engine.Runtime.Started(EngineFixture.Patience, Token);
        }

        engine.Runtime.Release(3);
        EngineFixture.AssertAnswer(await split.Within("the split request"), 3, 1);
        Assert.Equal(
            ["cpu:0 slot 0", "cpu:0 slot 1", "cpu:0 slot 2"],
            engine.Runtime.Log.Select(execution => execution.Thread!).Order());
    }

    /// <summary>Queues rows behind one that executes, then lets them go one by one.</summary>
    /// <returns>Who was served, in order.</returns>
    private static async Task<List<(LoadedModel Model, Lane Lane)>> Play(
        EngineFixture engine, LoadedModel occupied, (LoadedModel Model, Lane Lane)[] work)
    {
        var first = await engine.Occupy(occupied);
        var waiting = work
            .Select((w, i) => (w.Model, w.Lane, Answer: w.Model.ScoreAsync(EngineFixture.Request(1, i, w.Lane), Token)))
            .ToList();
        engine.Runtime.Release(1);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);

        var order = new List<(LoadedModel, Lane)>();
        while (waiting.Count > 0)
        {
            await engine.Runtime.Started(EngineFixture.Patience, Token);
            engine.Runtime.Release(1);
            var answered = await Task.WhenAny(waiting.Select(w => w.Answer)).Within("the next answer");
            var served = waiting.Single(w => w.Answer == answered);
            waiting.Remove(served);
            order.Add((served.Model, served.Lane));
            var outcome = await answered;
            Assert.Null(outcome.Fault);
            outcome.Outputs[0].Dispose();
        }

        return order;
    }
}
