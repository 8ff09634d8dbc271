using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Batching;
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

    /// <summary>Twice as many callers as slots: an answer on its way to its caller leaves no slot idle.</summary>
    public async Task<Sample> RunAsync(int rows, TimeSpan duration, CancellationToken cancellationToken)
    {
        var callers = Enumerable.Range(0, 2 * _lease.Model.Device.Slots)
            .Select(i => new EngineCaller(_model, _lease.Model, rows, i, cancellationToken)).ToList();
        try
        {
            return await ClosedLoop.RunAsync(callers, rows, duration, [CpuClock.Own("engine")]);
        }
        finally
        {
            foreach (var caller in callers)
            {
                await caller.DisposeAsync();
            }
        }
    }

    public async Task CheckAsync(int rows, BareLoop bare, CancellationToken cancellationToken)
    {
        await using var caller = new EngineCaller(_model, _lease.Model, rows, 0, cancellationToken);
        await caller.CallAsync();
        AnswerCheck.Require("The engine", bare.Expected(rows, 0), caller.ReadAnswer());
    }

    public async ValueTask DisposeAsync()
    {
        _lease.Dispose();
        await _services.DisposeAsync();
    }

    /// <summary>A call brings its own tensors, as a parsed request does: copying them in is part of it.</summary>
    private sealed class EngineCaller(
        BenchModel model, LoadedModel loaded, int rows, int variant, CancellationToken cancellationToken) : IBenchCaller
    {
        private readonly Tensor[] _inputs = model.Inputs(rows, variant);
        private readonly ModelSignature _signature = loaded.FindSignature(model.Signature.Name)!;
        private IReadOnlyList<Tensor> _outputs = [];

        public async ValueTask CallAsync()
        {
            ReturnOutputs();
            var outcome = await loaded.ScoreAsync(
                new BatchRequest
                {
                    Signature = _signature,
                    Inputs = [.. _inputs.Select(input => Tensor.Copy<byte>(
                        TensorBlockPool.Shared, input.Name, input.Type, input.Shape, input.Bytes))],
                    Rows = rows,
                    TimeLeft = Limits.RequestTimeDefault,
                },
                cancellationToken);
            _outputs = outcome.Fault is null ? outcome.Outputs
                : throw new BenchFailedException($"The engine answered: {outcome.Fault.Message}");
        }

        public IReadOnlyList<float[]> ReadAnswer() =>
            [.. _outputs.Select(output => AnswerCheck.ToFloats(output.Bytes, output.Type))];

        public ValueTask DisposeAsync()
        {
            ReturnOutputs();
            Array.ForEach(_inputs, input => input.Dispose());
            return ValueTask.CompletedTask;
        }

        private void ReturnOutputs()
        {
            foreach (var output in _outputs)
            {
                output.Dispose();
            }

            _outputs = [];
        }
    }
}
