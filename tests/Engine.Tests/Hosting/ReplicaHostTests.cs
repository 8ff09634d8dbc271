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
