using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>Simulated devices as a silo hosts them, without silo and grains.</summary>
internal sealed class SimulatedEngine : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scoring-bench-").FullName;
    private readonly ServiceProvider _services;
    private readonly List<ModelLease> _leases = [];

    private SimulatedEngine(int devices, IReadOnlyDictionary<string, string?>? options)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(SimulatedDevice.Configuration(_folder, firstDevice: 0, devices))
            .AddInMemoryCollection(options ?? new Dictionary<string, string?>()).Build();
        _services = new ServiceCollection()
            .AddLogging().AddMetrics().AddModelEngine(configuration).BuildServiceProvider();
    }

    /// <summary>The model on each device.</summary>
    public IReadOnlyList<LoadedModel> Models => [.. _leases.Select(lease => lease.Model)];

    /// <summary>What the devices have executed so far.</summary>
    public IReadOnlyDictionary<DeviceId, SimulatedLoad> Loads => LoadsOf(_services);

    /// <param name="options">Configuration keys of the silo, <c>Section:Key</c>, beside those of the devices.</param>
    public static async Task<SimulatedEngine> StartAsync(
        int devices, CancellationToken cancellationToken, IReadOnlyDictionary<string, string?>? options = null)
    {
        var engine = new SimulatedEngine(devices, options);
        try
        {
            var host = engine._services.GetRequiredService<ReplicaHost>();
            var model = new ModelRef(SimulatedDevice.Model, 1);
            await Task.WhenAll(host.Inventory.Devices
                .Select(device => host.LoadAsync(device.Id, model, cancellationToken)));
            engine._leases.AddRange(host.Inventory.Devices.Select(device => host.TryLease(device.Id, model)!));
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    public static IReadOnlyDictionary<DeviceId, SimulatedLoad> LoadsOf(IServiceProvider services) =>
        services.GetServices<IModelRuntime>().OfType<SimulatedRuntime>().Single().Loads;

    public async ValueTask DisposeAsync()
    {
        _leases.ForEach(lease => lease.Dispose());
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
