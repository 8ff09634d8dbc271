using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Tests.Hosting;

public sealed class ReplicaHostTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Load_Twice_IsOneModel()
    {
        await using var engine = new EngineFixture();

        var models = await Task.WhenAll(engine.LoadAsync(), engine.LoadAsync());

        Assert.Same(models[0], models[1]);
        Assert.Equal(1, engine.Runtime.Alive);
        Assert.Equal(64, models[0].Digest.Length);
    }

    [Fact]
    public async Task Load_RuntimeFails_SaysWhyAndHoldsNothing()
    {
        await using var engine = new EngineFixture();
        engine.Runtime.LoadFailure = new ModelLoadException("saved_model.pb is corrupt");

        var error = await Assert.ThrowsAsync<ModelLoadException>(engine.LoadAsync);

        Assert.Contains("saved_model.pb is corrupt", error.Message, StringComparison.Ordinal);
        Assert.Null(engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model));
        engine.Runtime.LoadFailure = null;
        Assert.NotNull(await engine.LoadAsync());
    }

    [Fact]
    public async Task Load_FailsForTheSameReasonAgain_IsLoggedOnce()
    {
        await using var engine = new EngineFixture();
        foreach (var reason in (string?[])["no disk", "no disk", "no memory", null, "no memory"])
        {
            engine.Runtime.LoadFailure = reason is null ? null : new ModelLoadException(reason);
            await engine.LoadAsync().ContinueWith(_ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
            await engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);
        }

        Assert.Equal(
            ["no disk", "no memory", "no memory"], engine.Logs.Lines.Select(line => line.Split(": ")[^1]));
    }

    [Fact]
    public async Task Load_UnknownDeviceOrModel_NamesIt()
    {
        await using var engine = new EngineFixture();

        var device = await Assert.ThrowsAsync<ModelLoadException>(
            () => engine.Replicas.LoadAsync(DeviceId.Cpu(7), EngineFixture.Model, Token));
        var model = await Assert.ThrowsAsync<ModelLoadException>(
            () => engine.Replicas.LoadAsync(DeviceId.Cpu(0), new ModelRef("other", 3), Token));

        Assert.Contains("cpu:7", device.Message, StringComparison.Ordinal);
        Assert.Contains("other@3", model.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WarmUpFails_HoldsNothing()
    {
        await using var engine = new EngineFixture();
        engine.Runtime.ExecutionFault = new EngineFault("no kernel", "conv2d_3");

        var error = await Assert.ThrowsAsync<ModelLoadException>(engine.LoadAsync);

        Assert.Contains("conv2d_3: no kernel", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, engine.Runtime.Alive);
    }

    [Fact]
    public async Task Load_DefectOfTheEngine_IsALoadFailureAndHoldsNothing()
    {
        await using var engine = new EngineFixture();
        engine.Runtime.LoadDefect = new InvalidOperationException("a defect");

        var error = await Assert.ThrowsAsync<ModelLoadException>(engine.LoadAsync);

        Assert.IsType<InvalidOperationException>(error.InnerException);
        Assert.Equal(0, engine.Runtime.Alive);
    }

    [Fact]
    public async Task Load_EngineThatThisBuildLacks_SaysWhichItHas()
    {
        await using var engine = new EngineFixture(("Models:Engine", "tensorflow"));

        var error = await Assert.ThrowsAsync<ModelLoadException>(engine.LoadAsync);

        Assert.Equal("This build has no engine 'tensorflow'; it has fake.", error.Message);
    }

    [Fact]
    public async Task Load_WhileTheOldOneUnloads_LoadsAnewAfterwards()
    {
        await using var engine = new EngineFixture();
        var old = await engine.LoadAsync();
        var lease = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model)!;
        var unloading = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);

        var loading = engine.LoadAsync();

        Assert.False(loading.IsCompleted);
        Assert.Equal(1, engine.Runtime.Alive);
        lease.Dispose();
        await unloading.Within("the unload");
        var anew = await loading.Within("the second load");
        Assert.NotSame(old, anew);
        using var second = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model);
        Assert.Same(anew, second?.Model);
    }

    [Fact]
    public async Task Unload_WhileLoading_CancelsTheLoad()
    {
        await using var engine = new EngineFixture();
        engine.Runtime.LoadGate = new TaskCompletionSource().Task;
        var loading = engine.LoadAsync();

        await engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token).Within("the unload");

        await Assert.ThrowsAsync<ModelLoadException>(() => loading);
        engine.Runtime.LoadGate = Task.CompletedTask;
        Assert.NotNull(await engine.LoadAsync());
    }

    [Fact]
    public async Task Unload_WaitCancelled_TheModelGoesAllTheSame()
    {
        await using var engine = new EngineFixture();
        await engine.LoadAsync();
        var lease = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model)!;
        using var impatient = new CancellationTokenSource();
        var first = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, impatient.Token);
        var second = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        lease.Dispose();
        await second.Within("the unload that others wait for");
        Assert.Equal(0, engine.Runtime.Alive);
    }

    [Fact]
    public async Task Unload_CallerLeftItsExecution_WaitsForTheExecution()
    {
        await using var engine = new EngineFixture();
        await engine.LoadAsync();
        var lease = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model)!;
        engine.Runtime.Hold();
        using var leave = new CancellationTokenSource();
        var left = lease.Model.ScoreAsync(EngineFixture.Request(1, 0), leave.Token);
        await engine.Runtime.Started(EngineFixture.Patience, Token);
        await leave.CancelAsync();
        Assert.Equal(FaultKind.Cancelled, (await left.Within("the caller's answer")).Fault?.Kind);
        lease.Dispose();

        var unloading = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);

        Assert.False(unloading.IsCompleted);
        Assert.Equal(1, engine.Runtime.Alive);
        engine.Runtime.Release(1);
        await unloading.Within("the unload");
        Assert.Equal(0, engine.Runtime.Alive);
        Assert.False(engine.Runtime.Misused);
    }

    [Fact]
    public async Task Score_AfterUnload_IsGone()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        await engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token).Within("the unload");

        var outcome = await model.ScoreAsync(EngineFixture.Request(1, 0), Token).Within("the answer");

        Assert.Equal(FaultKind.ReplicaGone, outcome.Fault?.Kind);
    }

    [Fact]
    public async Task Dispose_LeasedRowsWait_RunsThemFirst()
    {
        var engine = new EngineFixture();
        await engine.LoadAsync();
        var lease = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model)!;
        var first = await engine.Occupy(lease.Model);
        var waiting = lease.Model.ScoreAsync(EngineFixture.Request(2, 5), Token);

        var stopping = engine.Replicas.DisposeAsync().AsTask();
        engine.Runtime.Release(2);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        EngineFixture.AssertAnswer(await waiting.Within("the rows that waited"), 2, 5);
        Assert.False(stopping.IsCompleted);
        lease.Dispose();
        await stopping.Within("the shutdown");
        Assert.Equal(0, engine.Runtime.Alive);
        var late = await Assert.ThrowsAsync<ModelLoadException>(engine.LoadAsync);
        Assert.Contains("stopping", late.Message, StringComparison.Ordinal);
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task Unload_WhileLeased_WaitsForTheLastLease()
    {
        await using var engine = new EngineFixture();
        await engine.LoadAsync();
        var lease = engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model)!;

        var unloading = engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token);

        Assert.Null(engine.Replicas.TryLease(DeviceId.Cpu(0), EngineFixture.Model));
        Assert.False(unloading.IsCompleted);
        Assert.Equal(1, engine.Runtime.Alive);
        lease.Dispose();
        await unloading.WaitAsync(EngineFixture.Patience, Token);
        Assert.Equal(0, engine.Runtime.Alive);
    }
}
