using CsCheck;
using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Engine.Tests.Simulated;

public sealed class SimulatedRuntimeTests : IDisposable
{
    private readonly SimulatedFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<TimeSpan> _slept = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Execute_DeclaredInput_AnswersTheChecksumOfEachRowWhereverItStands() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int).Sample((rows, width, seed) =>
        {
            using var model = Load(new SimulatedOptions { InputType = "UINT8", InputRow = { width } });
            var bytes = new byte[rows * width];
            new Random(seed).NextBytes(bytes);

            var answer = Checksums(model, bytes, rows, width);

            Assert.Equal(bytes.Chunk(width).Select(row => RowChecksum.Of(row)), answer);
            byte[] reversed = [.. bytes.Chunk(width).Reverse().SelectMany(row => row)];
            Assert.Equal(answer.Reverse(), Checksums(model, reversed, rows, width));
        });

    [Fact]
    public void Of_OneBitOfARow_ChangesTheChecksum() =>
        Gen.Byte.Array[1, 80].Where(row => row.Length > 0).Sample(row =>
        {
            var checksums = new HashSet<long> { RowChecksum.Of(row), RowChecksum.Of([.. row, 0]) };
            for (var bit = 0; bit < row.Length * 8; bit++)
            {
                var other = row.ToArray();
                other[bit / 8] ^= (byte)(1 << (bit % 8));
                checksums.Add(RowChecksum.Of(other));
            }

            Assert.Equal(2 + (row.Length * 8), checksums.Count);
        });

    [Fact]
    public void Execute_SignaturesOfAFile_AnswersNumbersOfTheRowAlone()
    {
        // Two inputs, a real and a whole output: the same row among others has the same numbers.
        _folder.Write(new ModelSignature(
            ModelSignature.Default,
            [Spec("a", ElementType.Float32, 2), Spec("b", ElementType.UInt8, 3)],
            [Spec("class", ElementType.Int64), Spec("scores", ElementType.Float32, 4)],
            Batched: true));
        using var model = Load(new SimulatedOptions());

        var (classes, scores) = Score(model, [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]);
        var (alone, scoresAlone) = Score(model, [3, 4], [4, 5, 6]);

        Assert.Equal(classes[1..], alone);
        Assert.Equal(scores[4..], scoresAlone);
        Assert.NotEqual(classes[0], classes[1]);
        Assert.All(scores, score => Assert.InRange(score, 0f, 1f));
        Assert.Equal(scores.Length, scores.Distinct().Count());
    }

    [Fact]
    public void Execute_OneAfterTheOther_SleepsWhatIsDeclaredLessWhatWasOverslept()
    {
        var late = TimeSpan.FromMilliseconds(3);
        using var model = Load(
            new SimulatedOptions { LatencyMilliseconds = 5, RowMilliseconds = 0.5 }, late);

        Run(model, rows: 10);
        Run(model, rows: 2);
        _time.Advance(TimeSpan.FromSeconds(1));
        Run(model, rows: 2);

        Assert.Equal([10, 6 - 3, 6 - 3], _slept.Select(time => time.TotalMilliseconds));
    }

    [Fact]
    public void Execute_MoreRowsThanDeclared_IsAFaultThatCostsNothing()
    {
        using var model = Load(new SimulatedOptions { RowsMax = 4 });

        Assert.Null(Run(model, rows: 4));
        Assert.Contains("takes 4 rows, not 5", Run(model, rows: 5)!.Message, StringComparison.Ordinal);
        Assert.Single(_slept);
    }

    [Theory]
    [InlineData("nan", float.NaN, -1)]
    [InlineData("negative", -0.5f, float.NaN)]
    [InlineData("2.5", 2.5f, 2)]
    public void Execute_RowThatIsToFail_FailsItsBatch(string rule, float fatal, float harmless)
    {
        using var model = Load(new SimulatedOptions { FailOn = rule, InputRow = { 2 } });

        Assert.Null(Execute(model, [1, fatal, harmless, fatal]));
        Assert.Equal("x", Execute(model, [1, 1, fatal, 1])?.Where);
        Assert.Null(Execute(model, [harmless, 1]));
    }

    [Fact]
    public void Load_MemoryIsTaken_FailsUntilAModelGoes()
    {
        var options = new SimulatedOptions { MemoryBytes = 5, ModelBytes = 2 };
        var runtime = Runtime(options);
        var first = runtime.Load(_folder.Request(), Token);
        using var second = runtime.Load(_folder.Request(), Token);

        var full = Assert.Throws<ModelLoadException>(() => runtime.Load(_folder.Request(), Token));
        Assert.Contains("sim:0 has no room", full.Message, StringComparison.Ordinal);
        runtime.Load(_folder.Request() with { Device = new DeviceId("sim", 1) }, Token).Dispose();
        first.Dispose();
        runtime.Load(_folder.Request(), Token).Dispose();
    }

    [Fact]
    public void Loads_AfterExecutions_SayWhatTheDeviceDid()
    {
        var runtime = Runtime(new SimulatedOptions { LatencyMilliseconds = 5, RowMilliseconds = 0.5 });
        using var model = runtime.Load(_folder.Request(), Token);

        Run(model, rows: 10);
        Run(model, rows: 2);

        Assert.Equal(
            new SimulatedLoad(2, 12, TimeSpan.FromMilliseconds(16)), runtime.Loads[SimulatedFolder.Device]);
    }

    private static TensorSpec Spec(string name, ElementType type, params long[] row) =>
        new(name, type, TensorShape.Of([TensorShape.Any, .. row]));

    private static EngineFault? Run(IModel model, int rows) => Execute(model, new float[rows * 64]);

    private static EngineFault? Execute(IModel model, float[] values)
    {
        var signature = Assert.Single(model.Signatures);
        _ = signature.Inputs[0].Shape.TryGetRowElements(out var width);
        using var input = Tensor.Copy<float>(
            TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(values.Length / width, width), values);
        var outputs = new Tensor?[1];
        var fault = model.Execute(signature, 0, [input], outputs);
        outputs[0]?.Dispose();
        return fault;
    }

    private static long[] Checksums(IModel model, byte[] bytes, int rows, int width)
    {
        using var input = Tensor.Copy<byte>(
            TensorBlockPool.Shared, "x", ElementType.UInt8, TensorShape.Of(rows, width), bytes);
        var outputs = new Tensor?[1];
        Assert.Null(model.Execute(Assert.Single(model.Signatures), 0, [input], outputs));
        using var output = outputs[0]!;
        return output.Values<long>().ToArray();
    }

    private static (long[] Classes, float[] Scores) Score(IModel model, float[] a, byte[] b)
    {
        var rows = a.Length / 2;
        using var first = Tensor.Copy<float>(
            TensorBlockPool.Shared, "a", ElementType.Float32, TensorShape.Of(rows, 2), a);
        using var second = Tensor.Copy<byte>(
            TensorBlockPool.Shared, "b", ElementType.UInt8, TensorShape.Of(rows, 3), b);
        var outputs = new Tensor?[2];
        Assert.Null(model.Execute(Assert.Single(model.Signatures), 0, [first, second], outputs));
        using var classes = outputs[0]!;
        using var scores = outputs[1]!;
        return (classes.Values<long>().ToArray(), scores.Values<float>().ToArray());
    }

    private IModel Load(SimulatedOptions options, TimeSpan late = default) =>
        Runtime(options, late).Load(_folder.Request(), Token);

    private SimulatedRuntime Runtime(SimulatedOptions options, TimeSpan late = default) =>
        new(options, new ChecksumAnswer(), _time, time =>
        {
            _slept.Add(time);
            _time.Advance(time + late);
        });
}
