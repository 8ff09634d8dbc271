using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ActivationsTests
{
    private static readonly Dictionary<string, Func<double, double>> _functions = new()
    {
        ["Relu"] = x => Math.Max(x, 0),
        ["Relu6"] = x => Math.Min(Math.Max(x, 0), 6),
        ["Elu"] = x => x > 0 ? x : Math.Exp(x) - 1,
        ["Selu"] = x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)),
        ["Sigmoid"] = x => 1 / (1 + Math.Exp(-x)),
        ["Tanh"] = Math.Tanh,
        ["Softplus"] = x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
        ["Softsign"] = x => x / (1 + Math.Abs(x)),
    };

    public static TheoryData<string> Functions => [.. _functions.Keys];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Translate_Activation_IsTheFunctionOfEachNumber(string op)
    {
        var x = NdArray.Vector<float>(-90, -20, -3, -1, -0.125f, 0, 0.125f, 1, 3, 5.875f, 6, 6.125f, 20, 90);
        using var graph = new GraphUnderTest().Feed("x", x).Node($"y = {op}(x)");

        NdArray.AssertClose(x.Map(value => (float)_functions[op](value)), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.05f)]
    [InlineData(1.5f)]
    public void Translate_LeakyRelu_SlopeIsTheAttributeOrTensorFlowsDefault(float? alpha)
    {
        var x = NdArray.Numbers(1, 3, 4);
        using var graph = new GraphUnderTest().Feed("x", x).Node(
            "y = LeakyRelu(x)", alpha is { } given ? [("alpha", Attr.Float(given))] : []);

        NdArray.AssertClose(x.Map(value => value > 0 ? value : value * (alpha ?? 0.2f)), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_Softmax_NormalizesTheLastAxisOfAnyRank() =>
        Gen.Select(AnyShape.Of(1, 4), AnyShape.Unknown, Gen.Bool, Gen.Int).Sample(
            (shape, unknown, logarithm, seed) =>
            {
                // Far from zero, where exponentials overflow unless the largest is subtracted first.
                var x = NdArray.Numbers(seed, shape).Map(value => (value * 50) + 300);
                using var graph = new GraphUnderTest()
                    .Feed("x", x, unknown).Node(logarithm ? "y = LogSoftmax(x)" : "y = Softmax(x)");

                NdArray.AssertClose(Softmax(x, logarithm), graph.Run<float>("y"));
            },
            iter: 30, threads: 1);

    [Theory]
    [InlineData("Relu")]
    [InlineData("Relu6")]
    [InlineData("LeakyRelu")]
    [InlineData("Softmax")]
    public void Translate_ActivationOfIntegers_IsRefused(string op)
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Vector(1, 2)).Node($"layer/y = {op}(x)");

        graph.AssertRefused("layer/y", "INT32", DataType.DtInt32);
    }

    [Theory]
    [InlineData("Elu")]
    [InlineData("Softplus")]
    public void Load_NoKernelForTheType_IsRefusedByNode(string op)
    {
        // The translation is sound; the engine's CPU build has these for single precision alone.
        using var graph = new GraphUnderTest().Feed("x", NdArray.Vector(1.0, 2)).Node($"layer/y = {op}(x)");

        graph.AssertRefused("layer/y", "ONNX Runtime", DataType.DtDouble);
    }

    private static NdArray<float> Softmax(NdArray<float> x, bool logarithm) => NdArray.From(x.Shape, index =>
    {
        var row = Enumerable.Range(0, x.Shape[^1]).Select(i => (double)x[[.. index[..^1], i]]).ToList();
        var peak = row.Max();
        var log = x[index] - peak - Math.Log(row.Sum(value => Math.Exp(value - peak)));
        return (float)(logarithm ? log : Math.Exp(log));
    });
}
