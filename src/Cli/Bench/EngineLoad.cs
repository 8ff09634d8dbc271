using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Onnx;

namespace ScoringCluster.Cli.Bench;

/// <summary>The engine as a silo hosts it, and callers of it in the same process.</summary>
internal sealed class EngineLoad : IAsyncDisposable
{
    private const string Name = "The engine";

    private readonly ServiceProvider _services;
    private readonly BenchModel _model;
    private readonly ModelLease _lease;
    private readonly ExpectedAnswers _expected;

    private EngineLoad(ServiceProvider services, BenchModel model, ModelLease lease, ExpectedAnswers expected)
    {
        _services = services;
        _model = model;
        _lease = lease;
        _expected = expected;
    }

    public static async Task<EngineLoad> StartAsync(
        BenchModel model, ExpectedAnswers expected, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { [$"Models:Named:{model.Name}"] = model.Folder }).Build();
        var services = new ServiceCollection()
            .AddLogging().AddMetrics().AddModelEngine(configuration).AddOnnxEngine().BuildServiceProvider();
        try
        {
            var host = services.GetRequiredService<ReplicaHost>();
            var device = host.Inventory.Devices[0].Id;
            var reference = new ModelRef(model.Name, 1);
            await host.LoadAsync(device, reference, cancellationToken);
            return new EngineLoad(services, model, host.TryLease(device, reference)!, expected);
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Executions of the device at the same time.</summary>
    public int Slots => _lease.Model.Device.Slots;

    /// <summary>Callers of requests of so many rows; each has rows of its own.</summary>
    public IReadOnlyList<EngineCaller> Callers(int count, int rows, Lane lane, CancellationToken cancellationToken) =>
    [
        .. Enumerable.Range(0, count)
            .Select(i => new EngineCaller(_model, _lease.Model, rows, variant: i, lane, cancellationToken)),
    ];

    /// <summary>After their calls.</summary>
    /// <exception cref="BenchFailedException">The last answer to one of them is wrong.</exception>
    public void RequireAnswers(IReadOnlyList<EngineCaller> callers, int rows) =>
        _expected.Require(Name, callers, rows);

    /// <param name="callers">
    /// Null for twice as many as slots: an answer on its way to its caller leaves no slot idle.
    /// </param>
    public async Task<Sample> RunAsync(
        int rows, TimeSpan duration, CancellationToken cancellationToken, int? callers = null)
    {
        var calling = Callers(callers ?? (2 * Slots), rows, Lane.Online, cancellationToken);
        try
        {
            return await new CheckedLoad(Name, calling, rows, _expected).RunAsync(duration, [CpuClock.Own("engine")]);
        }
        finally
        {
            foreach (var caller in calling)
            {
                await caller.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _lease.Dispose();
        await _services.DisposeAsync();
    }
}
