using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Engine.Tests.Batching;

/// <summary>Short executions run on the thread of their caller, and nothing else does.</summary>
public sealed class CallersThreadTests
{
    private static readonly TimeSpan _short = Limits.CallersThreadTimeMax / 4;

    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Score_ShortExecutionAndAFreeSlot_RunsOnTheCallersThread()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, _short);
        var thread = 0;
        engine.Runtime.Executing = _ => thread = Environment.CurrentManagedThreadId;

        var caller = Environment.CurrentManagedThreadId;
        var answer = model.ScoreAsync(EngineFixture.Request(1, 5), Token);

        Assert.True(answer.IsCompletedSuccessfully);
        Assert.Equal(caller, thread);
        EngineFixture.AssertAnswer(await answer, 1, 5);
    }

    [Fact]
    public async Task Score_LongExecution_RunsOnTheSlotsThread()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, Limits.CallersThreadTimeMax * 2);

        await AssertOnSlotThread(engine, model, EngineFixture.Request(1, 5));
    }

    [Fact]
    public async Task Score_RowsThatNeverRanTogether_RunOnTheSlotsThread()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, _short);

        await AssertOnSlotThread(engine, model, EngineFixture.Request(8, 5));
    }

    [Fact]
    public async Task Score_ArchiveRows_RunOnTheSlotsThread()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, _short);

        await AssertOnSlotThread(engine, model, EngineFixture.Request(1, 5, Lane.Archive));
    }

    [Fact]
    public async Task Score_WhileACallerHasTheOnlySlot_WaitsAndRunsAfterIt()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, _short);
        using var began = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        engine.Runtime.Executing = _ =>
        {
            began.Release();
            go.Wait(Token);
        };
        var borrower = Task.Run(() => model.ScoreAsync(EngineFixture.Request(1, 5), Token), Token);
        await began.WaitAsync(Token);

        var waiting = model.ScoreAsync(EngineFixture.Request(1, 7), Token);

        Assert.False(waiting.IsCompleted);
        go.Release(2);
        EngineFixture.AssertAnswer(await borrower.Within("the borrower"), 1, 5);
        EngineFixture.AssertAnswer(await waiting.Within("the one that waits"), 1, 7);
    }

    [Fact]
    public async Task Unload_WhileACallerExecutes_WaitsForIt()
    {
        await using var engine = new EngineFixture();
        var model = await LoadAsync(engine, _short);
        using var began = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        engine.Runtime.Executing = _ =>
        {
            began.Release();
            go.Wait(Token);
        };
        var borrower = Task.Run(() => model.ScoreAsync(EngineFixture.Request(1, 5), Token), Token);
        await began.WaitAsync(Token);

        var unload = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);

        Assert.False(unload.IsCompleted);
        go.Release();
        EngineFixture.AssertAnswer(await borrower.Within("the borrower"), 1, 5);
        await unload.Within("the unload");
        Assert.Equal(0, engine.Runtime.Alive);
    }

    [Fact]
    public async Task Score_ManyCallersAtOnce_AllAreAnsweredRight()
    {
        await using var engine = new EngineFixture(("Devices:Cpu:0", "cpu:0=2"));
        var model = await LoadAsync(engine, _short);
        var here = 0;
        engine.Runtime.Executing = _ =>
        {
            if (Thread.CurrentThread.Name?.StartsWith("cpu:0", StringComparison.Ordinal) != true)
            {
                Interlocked.Increment(ref here);
            }

            engine.Time.Advance(TimeSpan.FromMicroseconds(1));
        };

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    var first = (caller * 10_000) + i;
                    var outcome = await model.ScoreAsync(EngineFixture.Request(1, first), Token);
                    EngineFixture.AssertAnswer(outcome, 1, first);
                }
            },
            Token))).Within("all callers");

        Assert.NotEqual(0, here);
    }

    /// <summary>A model of which it is known what one row takes.</summary>
    private static async Task<LoadedModel> LoadAsync(EngineFixture engine, TimeSpan time)
    {
        var model = await engine.LoadAsync();
        engine.Runtime.Executing = _ => engine.Time.Advance(time);
        EngineFixture.AssertAnswer(
            await model.ScoreAsync(EngineFixture.Request(1, 1, Lane.Archive), Token).Within("the first row"), 1, 1);
        engine.Runtime.Executing = null;
        return model;
    }

    private static async Task AssertOnSlotThread(EngineFixture engine, LoadedModel model, BatchRequest request)
    {
        engine.Runtime.Forget();
        var outcome = await model.ScoreAsync(request, Token).Within("the answer");
        Assert.Null(outcome.Fault);
        outcome.Outputs[0].Dispose();
        Assert.Equal("cpu:0 slot 0", Assert.Single(engine.Runtime.Log).Thread);
    }
}
