using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Models;

public sealed class HeadStartTests : IDisposable
{
    private readonly string _repository = Directory.CreateTempSubdirectory("head-start-").FullName;
    private readonly FakeModelRuntime _fake = new();

    public void Dispose()
    {
        _fake.Dispose();
        Directory.Delete(_repository, recursive: true);
    }

    [Fact]
    public async Task Start_BeforeAnyOrder_LoadsTheHighestVersionOnceOnEachDevice()
    {
        AddVersion("m/1");
        AddVersion("m/2");
        var runtime = new ReportingRuntime(_fake);
        using var host = Build(runtime);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await runtime.Loads.ReadAsync(TestContext.Current.CancellationToken);
        await runtime.Loads.ReadAsync(TestContext.Current.CancellationToken);

        // The orders, which find both under way.
        var replicas = host.Services.GetRequiredService<ReplicaHost>();
        foreach (var device in replicas.Inventory.Devices)
        {
            var loaded = await replicas.LoadAsync(
                device.Id, new ModelRef("m", 2), TestContext.Current.CancellationToken);
            Assert.Equal(new ModelRef("m", 2), loaded.Package.Model);
        }

        Assert.False(runtime.Loads.TryRead(out _));
        await host.StopAsync(TestContext.Current.CancellationToken);
        await replicas.DisposeAsync();
    }

    [Fact]
    public async Task Start_WithAModelThatCannotBeLoaded_LeavesTheFailureToTheOrder()
    {
        AddVersion("m/1");
        var runtime = new ReportingRuntime(inner: null);
        using var host = Build(runtime);

        await host.StartAsync(TestContext.Current.CancellationToken);
        await runtime.Loads.ReadAsync(TestContext.Current.CancellationToken);

        var replicas = host.Services.GetRequiredService<ReplicaHost>();
        await Assert.ThrowsAsync<ModelLoadException>(() => replicas.LoadAsync(
            replicas.Inventory.Devices[0].Id, new ModelRef("m", 1), TestContext.Current.CancellationToken));
        await host.StopAsync(TestContext.Current.CancellationToken);
        await replicas.DisposeAsync();
    }

    private void AddVersion(string folder)
    {
        Directory.CreateDirectory(Path.Combine(_repository, folder));
        File.WriteAllText(Path.Combine(_repository, folder, "saved_model.pb"), folder);
    }

    private IHost Build(IModelRuntime runtime)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Models:Repository", _repository),
            new("Devices:Cpu:0", "cpu:0=1"),
            new("Devices:Cpu:1", "cpu:1=1"),
        ]);
        builder.Services.AddSingleton(runtime).AddModelEngine(builder.Configuration).AddHeadStart().AddMetrics();
        return builder.Build();
    }

    /// <summary>Says what it is asked to load; without an engine behind it, it refuses everything.</summary>
    private sealed class ReportingRuntime(IModelRuntime? inner) : IModelRuntime
    {
        private readonly Channel<ModelRef> _loads = Channel.CreateUnbounded<ModelRef>();

        public ChannelReader<ModelRef> Loads => _loads.Reader;

        public string Name => "reporting";

        public string Version => "1";

        public IModel Load(ModelLoadRequest request, CancellationToken cancellationToken)
        {
            _loads.Writer.TryWrite(request.Model);
            return inner?.Load(request, cancellationToken) ?? throw new ModelLoadException("Refused.");
        }
    }
}
