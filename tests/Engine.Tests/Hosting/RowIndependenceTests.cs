using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Tests.Hosting;

public sealed class RowIndependenceTests
{
    private static readonly TensorSpec _x = new("x", ElementType.Float32, TensorShape.Of(-1, 2));

    private static readonly ModelSignature _signature = new(
        ModelSignature.Default, [_x], [_x with { Name = "y" }], Batched: true);

    [Fact]
    public void Holds_OfRowsThatAreTwiceThemselves() =>
        Assert.True(RowIndependence.Holds(new RowModel((rows, i) => 2 * rows[i]), _signature));

    [Fact]
    public void Holds_OfNumbersWithinTheTolerance() => Assert.True(RowIndependence.Holds(
        new RowModel((rows, i) => rows[i] * (rows.Length > 2 ? 1.0005f : 1)), _signature));

    [Fact]
    public void Holds_NotOfRowsLessTheBatchesMean() =>
        Assert.False(RowIndependence.Holds(new RowModel((rows, i) => rows[i] - rows.Average()), _signature));

    [Fact]
    public void Holds_NotOfRowsInReverse() =>
        Assert.False(RowIndependence.Holds(new RowModel((rows, i) => rows[^(i + 1)]), _signature));

    [Fact]
    public void Holds_OfAModelThatRefusesTheRows_SinceNothingCanBeSaid() =>
        Assert.True(RowIndependence.Holds(new RowModel(null), _signature));

    /// <summary>Computes each number from all numbers of its batch.</summary>
    private sealed class RowModel(Func<float[], int, float>? compute) : IModel
    {
        public IReadOnlyList<ModelSignature> Signatures => [_signature];

        public IReadOnlyDictionary<string, string> Refused => new Dictionary<string, string>();

        public long MemoryBytes => 0;

        public EngineFault? Execute(
            ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
        {
            if (compute is null)
            {
                return new EngineFault("no such rows", null);
            }

            var rows = inputs[0].Values<float>().ToArray();
            var answers = outputs[0]!.Values<float>();
            for (var i = 0; i < rows.Length; i++)
            {
                answers[i] = compute(rows, i);
            }

            return null;
        }

        public void Dispose()
        {
        }
    }
}
