using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ComparisonsTests
{
    private static readonly Dictionary<string, Func<float, float, bool>> _comparisons = new()
    {
        ["Equal"] = (a, b) => a == b,
        ["NotEqual"] = (a, b) => a != b,
        ["Less"] = (a, b) => a < b,
        ["LessEqual"] = (a, b) => a <= b,
        ["Greater"] = (a, b) => a > b,
        ["GreaterEqual"] = (a, b) => a >= b,
    };

    public static TheoryData<string> Comparisons => [.. _comparisons.Keys];

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Translate_Comparison_BroadcastsLikeNumPy(string op) =>
        Gen.Select(AnyShape.Pair(), AnyShape.Unknown, Gen.Int).Sample(
            (shapes, unknown, seed) =>
            {
                // Few different numbers, so that equal ones meet.
                var left = NdArray.Numbers(seed, shapes.Left).Map(MathF.Round);
                var right = NdArray.Numbers(seed + 1, shapes.Right).Map(MathF.Round);
                using var graph = new GraphUnderTest()
                    .Feed("a", left, unknown).Feed("b", right).Node($"y = {op}(a, b)");

                NdArray.AssertSame(NdArray.Zip(left, right, _comparisons[op]), graph.Run<bool>("y"));
            },
            iter: 15, threads: 1);

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Translate_ComparisonWithNoNumber_IsTrueForUnequalAlone(string op)
    {
        var left = NdArray.Vector(float.NaN, float.NaN, 1, float.PositiveInfinity, 0);
        var right = NdArray.Vector(float.NaN, 1, float.NaN, float.PositiveInfinity, -0f);
        using var graph = new GraphUnderTest().Feed("a", left).Feed("b", right).Node($"y = {op}(a, b)");

        NdArray.AssertSame(NdArray.Zip(left, right, _comparisons[op]), graph.Run<bool>("y"));
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Translate_ComparisonOfIntegers_IsExact(string op)
    {
        // Neighbours that are one number as a float.
        var left = NdArray.Vector(16_777_216, 16_777_217, -5, 0);
        var right = NdArray.Vector(16_777_217, 16_777_216, -5, 1);
        using var graph = new GraphUnderTest().Feed("a", left).Feed("b", right).Node($"y = {op}(a, b)");

        NdArray.AssertSame(
            NdArray.Zip(left, right, (a, b) => _comparisons[op](Math.Sign(a - b), 0)), graph.Run<bool>("y"));
    }

    [Fact]
    public void Translate_Logic_FollowsTheTruthTable()
    {
        var (a, b) = (NdArray.Of([2, 1], true, false), NdArray.Vector(true, false));
        AssertLogic("LogicalAnd(a, b)", NdArray.Zip(a, b, (x, y) => x && y));
        AssertLogic("LogicalOr(a, b)", NdArray.Zip(a, b, (x, y) => x || y));
        AssertLogic("LogicalNot(a)", a.Map(x => !x));

        void AssertLogic(string call, NdArray<bool> expected)
        {
            using var graph = new GraphUnderTest().Feed("a", a).Feed("b", b).Node($"y = {call}");
            NdArray.AssertSame(expected, graph.Run<bool>("y"));
        }
    }

    [Fact]
    public void Translate_SelectV2_BroadcastsAllThree() =>
        Gen.Select(AnyShape.Pair(3), Gen.Int[0, 7], AnyShape.Unknown, Gen.Int).Sample(
            (shapes, ones, unknown, seed) =>
            {
                var (a, b) = (NdArray.Numbers(seed, shapes.Left), NdArray.Numbers(seed + 1, shapes.Right));
                var shape = NdArray.Broadcast(shapes.Left, shapes.Right);
                var condition = NdArray.Numbers(
                    seed + 2, [.. shape.Select((size, axis) => (ones >> axis & 1) == 1 ? 1 : size)]).Map(x => x > 0);
                using var graph = new GraphUnderTest()
                    .Feed("c", condition, unknown).Feed("a", a).Feed("b", b).Node("y = SelectV2(c, a, b)");

                NdArray.AssertSame(
                    NdArray.From(shape, index => condition.At(index) ? a.At(index) : b.At(index)),
                    graph.Run<float>("y"));
            },
            iter: 30, threads: 1);

    [Fact]
    public void Translate_SelectV2OfIntegers_KeepsTheirType()
    {
        using var graph = new GraphUnderTest()
            .Feed("c", NdArray.Vector(true, false)).Constant("a", NdArray.Scalar(7L)).Constant("b",
                NdArray.Vector(1L, 2L))
            .Node("y = SelectV2(c, a, b)", ("T", Attr.Type(DataType.DtInt64)));

        NdArray.AssertSame(NdArray.Vector(7L, 2L), graph.Run<long>("y"));
    }
}
