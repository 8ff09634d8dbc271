using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Devices;

/// <summary>A slot that has nothing to do tidies up once, and serves again afterwards.</summary>
public sealed class DeviceSlotsTrimTests
{
    private static readonly Device _device = new(DeviceId.Cpu(0), "test", 1, 1, 0);

    [Fact]
    public async Task Run_NothingComesAfterABatch_TrimsTheModelOnceAndServesAgain()
    {
        var model = new TrimmedModel();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var options = new BatchingOptions();
        using var runner = new BatchRunner(
            model, new ModelRef("m", 1), _device, options,
            new BatchingInstruments(services.GetRequiredService<IMeterFactory>()), TimeProvider.System,
            NullLogger<BatchRunner>.Instance);
        using var slots = new DeviceSlots(
            _device, 0.2, TimeProvider.System, idle: TimeSpan.FromMilliseconds(1));
        var queue = new BatchQueue(model.Signatures, runner, options, slots, TimeProvider.System);
        slots.Add(queue);

        for (var round = 1; round <= 3; round++)
        {
            var outcome = await queue.ScoreAsync(Request(model), EngineFixture.Token).Within("the answer");
            Assert.Null(outcome.Fault);
            BatchTensors.Return(outcome.Outputs);
            Assert.True(await model.Trimmed.WaitAsync(EngineFixture.Patience, EngineFixture.Token));
        }

        await queue.CloseAsync().Within("the close");
        Assert.Equal(3, model.Trims);
    }

    private static BatchRequest Request(IModel model) => new()
    {
        Signature = model.Signatures[0],
        Inputs = [FakeModelRuntime.Rows(1, 1)],
        Rows = 1,
    };

    private sealed class TrimmedModel : IModel
    {
        private static readonly TensorSpec _x = new("x", ElementType.Float32, TensorShape.Of(-1, 2));

        public SemaphoreSlim Trimmed { get; } = new(0);

        public int Trims { get; private set; }

        public IReadOnlyList<ModelSignature> Signatures { get; } =
            [new(ModelSignature.Default, [_x], [_x with { Name = "y" }], Batched: true)];

        public IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>();

        public long MemoryBytes => 1;

        public EngineFault? Execute(
            ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
        {
            inputs[0].Bytes.CopyTo(outputs[0]!.Bytes);
            return null;
        }

        public void Trim(int slot)
        {
            Trims++;
            Trimmed.Release();
        }

        public void Dispose() => Trimmed.Dispose();
    }
}
