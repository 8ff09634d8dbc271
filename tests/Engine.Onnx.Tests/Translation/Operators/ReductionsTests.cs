using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ReductionsTests
{
    private static readonly Dictionary<string, Func<IEnumerable<double>, double>> _reductions = new()
    {
        ["Mean"] = Enumerable.Average,
        ["Sum"] = Enumerable.Sum,
        ["Max"] = Enumerable.Max,
        ["Min"] = Enumerable.Min,
        ["Prod"] = numbers => numbers.Aggregate(1.0, (a, b) => a * b),
    };

    public static TheoryData<string> Reductions => [.. _reductions.Keys];

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Translate_Reduction_AnyAxes_FoldsThem(string op) =>
        Gen.Select(AnyShape.Of(1, 4), Gen.Int[0, 15], Gen.Int[0, 15], Gen.Bool, Gen.Int[0, 15], Gen.Int).Sample(
            (shape, chosen, negative, keep, unknown, seed) =>
            {
                var x = NdArray.Numbers(seed, shape);
                int[] axes = [.. Enumerable.Range(0, shape.Length).Where(axis => (chosen >> axis & 1) == 1)];
                using var graph = new GraphUnderTest()
                    .Feed("x", x, unknown)
                    .Integers("axes", [.. axes.Select(a => (negative >> a & 1) == 1 ? a - shape.Length : a)])
                    .Node($"y = {op}(x, axes)", ("keep_dims", Attr.Flag(keep)));

                NdArray.AssertClose(Reduce(x, axes, keep, _reductions[op]), graph.Run<float>("y"));
            },
            iter: 25, threads: 1);

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Translate_ReductionOverOneAxisAsAScalar_DropsItByDefault(string op)
    {
        var x = NdArray.Numbers(1, 2, 3, 2);
        using var graph = new GraphUnderTest()
            .Feed("x", x).Constant("axis", NdArray.Scalar(-2L)).Node($"y = {op}(x, axis)");

        NdArray.AssertClose(Reduce(x, [1], keep: false, _reductions[op]), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData("ArgMax")]
    [InlineData("ArgMin")]
    public void Translate_Pick_TakesTheFirstOfEqualOnes(string op) =>
        Gen.Select(AnyShape.Of(1, 3), Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 7], Gen.Int).Sample(
            (shape, chosen, negative, unknown, seed) =>
            {
                var axis = chosen % shape.Length;
                var x = NdArray.Numbers(seed, shape).Map(MathF.Round);
                var expected = Pick(x, axis, op == "ArgMax" ? 1 : -1);
                using var wide = Graph(op, x, unknown, negative ? axis - shape.Length : axis);
                NdArray.AssertSame(expected, wide.Run<long>("y"));

                using var narrow = Graph(
                    op, x, unknown, axis, ("output_type", Attr.Type(DataType.DtInt32)));
                NdArray.AssertSame(expected.Map(at => (int)at), narrow.Run<int>("y"));
            },
            iter: 15, threads: 1);

    [Theory]
    [InlineData("Mean")]
    [InlineData("ArgMax")]
    public void Translate_AxesThatAreComputed_AreRefused(string op)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Feed("axes", NdArray.Scalar(1)).Node($"layer/y = {op}(x, axes)");

        graph.AssertRefused("layer/y", "constant", op == "Mean" ? DataType.DtFloat : DataType.DtInt64);
    }

    [Theory]
    [InlineData("Sum", 2)]
    [InlineData("Max", -3)]
    [InlineData("ArgMax", 2)]
    public void Translate_AxisBeyondTheRank_IsRefused(string op, int axis)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Integers("axes", axis).Node($"layer/y = {op}(x, axes)");

        graph.AssertRefused("layer/y", "axis", op == "ArgMax" ? DataType.DtInt64 : DataType.DtFloat);
    }

    [Fact]
    public void Translate_PickWithoutAnAxis_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Integers("axis").Node("layer/y = ArgMax(x, axis)");

        graph.AssertRefused("layer/y", "axis", DataType.DtInt64);
    }

    [Fact]
    public void Translate_ReductionOfIntegers_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Vector(1, 2)).Integers("axes", 0).Node("layer/y = Mean(x, axes)");

        graph.AssertRefused("layer/y", "INT32", DataType.DtInt32);
    }

    private static GraphUnderTest Graph(
        string op, NdArray<float> x, int unknown, int axis, params (string Name, AttrValue Value)[] attributes) =>
        new GraphUnderTest().Feed("x", x, unknown).Constant("axis", NdArray.Scalar(axis))
            .Node($"y = {op}(x, axis)", attributes);

    private static NdArray<float> Reduce(
        NdArray<float> x, int[] axes, bool keep, Func<IEnumerable<double>, double> fold)
    {
        var kept = x.Shape.Select((size, axis) => axes.Contains(axis) ? 1 : size).ToArray();
        var folded = NdArray.From(kept, at => (float)fold(NdArray.Indices(x.Shape)
            .Where(index => index.Select((i, axis) => axes.Contains(axis) ? 0 : i).SequenceEqual(at))
            .Select(index => (double)x[index])));
        return keep ? folded : new NdArray<float>([.. x.Shape.Where((_, axis) => !axes.Contains(axis))], folded.Data);
    }

    private static NdArray<long> Pick(NdArray<float> x, int axis, int sign) =>
        NdArray.From([.. x.Shape.Where((_, i) => i != axis)], at =>
        {
            float Value(int i) => sign * x[[.. at[..axis], i, .. at[axis..]]];
            var best = 0;
            for (var i = 1; i < x.Shape[axis]; i++)
            {
                best = Value(i) > Value(best) ? i : best;
            }

            return (long)best;
        });
}
