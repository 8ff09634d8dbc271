using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Engine.Tests.Simulated;

public sealed class SimulatedDevicesTests
{
    private const string Section = "Devices:Simulated";

    [Fact]
    public void Devices_OnlySimulatedOnes_HaveNoProcessorBesideThem()
    {
        var devices = Inventory("sim:8-15=1", "sim:0=2").Devices;

        Assert.Equal([0, .. Enumerable.Range(8, 8)], devices.Select(device => device.Id.Index));
        Assert.All(devices, device => Assert.Equal("sim", device.Id.Kind));
        Assert.Equal((2, 1), (devices[0].Slots, devices[1].Slots));
    }

    [Theory]
    [InlineData("sim:0")]
    [InlineData("sim:3-2=1")]
    [InlineData("sim:0=0")]
    [InlineData("sim:0-1024=1")]
    [InlineData("gpu:0=1")]
    [InlineData("sim:99999999999=1")]
    public void Devices_OtherForms_AreRefusedByName(string text)
    {
        var failure = Assert.Single(
            Assert.Throws<OptionsValidationException>(() => Inventory(text)).Failures);

        Assert.StartsWith($"{Section}:Devices '{text}'", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_BadOptions_ListsEveryFailure()
    {
        var options = new DeviceOptions
        {
            Simulated =
            {
                Devices = { "sim:0-3=1", "sim:2=1" },
                LatencyMilliseconds = double.NaN,
                RowMilliseconds = -1,
                RowsMax = -1,
                ModelBytes = 1L << 50,
                FailOn = "sometimes",
                Input = "",
                InputType = "BYTES",
                InputRow = { 0 },
            },
        };

        var failures = new DeviceOptionsValidator().Validate(null, options).Failures!.ToList();

        string[] named =
        [
            "Devices names sim:2 twice", "LatencyMilliseconds NaN", "RowMilliseconds -1", "RowsMax -1",
            "ModelBytes 1125899906842624", "FailOn 'sometimes'", "Input is empty", "InputType 'BYTES'", "InputRow [0]",
        ];
        Assert.Equal(named.Length, failures.Count);
        Assert.All(named.Zip(failures), pair => Assert.StartsWith(
            $"{Section}:{pair.First}", pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_DeviceOfEitherKind_HasTheEngineOfItsKind()
    {
        // The folder's file is nothing that a simulated device could read signatures from.
        await using var engine = new EngineFixture(($"{Section}:Devices:0", "sim:0=1"));

        var real = await engine.LoadAsync();
        var failure = await Assert.ThrowsAsync<ModelLoadException>(() =>
            engine.Replicas.LoadAsync(SimulatedFolder.Device, EngineFixture.Model, EngineFixture.Token));

        Assert.Equal("fake", real.Engine);
        Assert.Contains("saved_model.pb", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_OnASimulatedDevice_AnswersChecksums()
    {
        using var folder = new SimulatedFolder();
        await using var engine = new EngineFixture(
            ($"{Section}:Devices:0", "sim:0=1"), ($"{Section}:LatencyMilliseconds", "0"),
            ($"{Section}:RowMilliseconds", "0"), ("Models:Named:s", folder.Folder));
        var model = await engine.Replicas
            .LoadAsync(SimulatedFolder.Device, new ModelRef("s", 1), EngineFixture.Token)
            .WaitAsync(EngineFixture.Patience, EngineFixture.Token);
        float[] rows = [.. Enumerable.Range(0, 100 * 64).Select(i => (float)i)];

        var outcome = await model.ScoreAsync(
            new()
            {
                Signature = Assert.Single(model.Signatures),
                Inputs = [Tensor.Copy<float>(
                    TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(100, 64), rows)],
                Rows = 100,
            },
            EngineFixture.Token).WaitAsync(EngineFixture.Patience, EngineFixture.Token);

        Assert.Equal(("simulated", "sim:0 is a simulated device"), (model.Engine, model.EngineReason));
        Assert.True(Assert.Single(model.Signatures).Batched);
        using var output = Assert.Single(outcome.Outputs);
        Assert.Equal(rows.Chunk(64).Select(Checksum), output.Values<long>().ToArray());
    }

    [Fact]
    public async Task Load_AnotherEngineAskedFor_SaysThatTheDeviceIsSimulated()
    {
        await using var engine = new EngineFixture(
            ($"{Section}:Devices:0", "sim:0=1"), ("Models:Engine", "onnx"));

        var failure = await Assert.ThrowsAsync<ModelLoadException>(() =>
            engine.Replicas.LoadAsync(SimulatedFolder.Device, EngineFixture.Model, EngineFixture.Token));

        Assert.Equal(
            "sim:0 is a simulated device, which no other engine runs: Models:Engine asks for 'onnx'.", failure.Message);
    }

    private static long Checksum(float[] row) =>
        RowChecksum.Of(System.Runtime.InteropServices.MemoryMarshal.AsBytes(row.AsSpan()));

    private static DeviceInventory Inventory(params string[] devices)
    {
        var options = new DeviceOptions();
        foreach (var text in devices)
        {
            options.Simulated.Devices.Add(text);
        }

        return new DeviceInventory(Options.Create(options));
    }
}
