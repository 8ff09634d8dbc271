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
    private readonly ServiceProvider _services;
    private readonly BenchModel _model;
    private readonly ModelLease _lease;

    private EngineLoad(ServiceProvider services, BenchModel model, ModelLease lease)
    {
        _services = services;
        _model = model;
        _lease = lease;
    }

    public static async Task<EngineLoad> StartAsync(BenchModel model, CancellationToken cancellationToken)
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
            return new EngineLoad(services, model, host.TryLease(device, reference)!);
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Executions of the device at the same time.</summary>
    public int Slots => _lease.Model.Device.Slots;

    /// <summary>A caller of requests of so many rows; two of different variants have different rows.</summary>
    public EngineCaller Caller(int rows, int variant, Lane lane, CancellationToken cancellationToken) =>
        new(_model, _lease.Model, rows, variant, lane, cancellationToken);

    /// <param name="callers">
    /// Null for twice as many as slots: an answer on its way to its caller leaves no slot idle.
    /// </param>
    public async Task<Sample> RunAsync(
        int rows, TimeSpan duration, CancellationToken cancellationToken, int? callers = null)
    {
        var calling = Enumerable.Range(0, callers ?? (2 * Slots))
            .Select(i => Caller(rows, i, Lane.Online, cancellationToken)).ToList();
        try
        {
            return await ClosedLoop.RunAsync(calling, rows, duration, [CpuClock.Own("engine")]);
        }
        finally
        {
            foreach (var caller in calling)
            {
                await caller.DisposeAsync();
            }
        }
    }

    public async Task CheckAsync(int rows, BareLoop bare, CancellationToken cancellationToken)
    {
        await using var caller = Caller(rows, variant: 0, Lane.Online, cancellationToken);
        await caller.CallAsync();
        AnswerCheck.Require("The engine", bare.Expected(rows, 0), caller.ReadAnswer());
    }

    public async ValueTask DisposeAsync()
    {
        _lease.Dispose();
        await _services.DisposeAsync();
    }
}
