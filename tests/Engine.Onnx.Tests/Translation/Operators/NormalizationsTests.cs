using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class NormalizationsTests
{
    private static readonly (string Name, AttrValue Value) _inference = ("is_training", Attr.Flag(false));

    [Theory]
    [InlineData("FusedBatchNorm")]
    [InlineData("FusedBatchNormV2")]
    [InlineData("FusedBatchNormV3")]
    public void Translate_BatchNorm_NormalizesEachChannel(string op) =>
        Gen.Select(AnyShape.Of(4, 4), Gen.OneOf("NHWC", "NCHW"), Gen.Int[0, 15], Gen.Int).Sample(
            (shape, format, unknown, seed) =>
            {
                var channels = shape[3];
                var x = NdArray.Numbers(seed, shape);
                var (scale, offset) = (NdArray.Numbers(seed + 1, channels), NdArray.Numbers(seed + 2, channels));
                var (mean, variance) = (NdArray.Numbers(seed + 3, channels),
                    NdArray.Numbers(seed + 4, channels).Map(Math.Abs));
                var last = format == "NHWC";
                using var graph = Graph(last ? x : Picture.ToChannelsFirst(x), unknown, scale, offset, mean, variance)
                    .Node($"y = {op}(x, scale, offset, mean, variance)", _inference,
                        ("epsilon", Attr.Float(0.25f)), ("data_format", Attr.Text(format)));

                var expected = NdArray.From(shape, at => (float)(
                    ((x[at] - mean[at[3]]) * scale[at[3]] / Math.Sqrt(variance[at[3]] + 0.25)) + offset[at[3]]));
                NdArray.AssertClose(last ? expected : Picture.ToChannelsFirst(expected), graph.Run<float>("y"), 1e-4);
            },
            iter: 15, threads: 1);

    [Fact]
    public void Translate_NoEpsilonInTheFile_IsTensorFlowsDefault()
    {
        // With a variance of zero the result is the difference over the root of epsilon alone.
        var one = NdArray.Vector(1f);
        using var graph = Graph(NdArray.Of([1, 1, 1, 1], 3f), 1, one, NdArray.Vector(0f), one, NdArray.Vector(0f))
            .Node("y = FusedBatchNormV3(x, scale, offset, mean, variance)", _inference);

        NdArray.AssertClose(NdArray.Of([1, 1, 1, 1], (float)(2 / Math.Sqrt(1e-4))), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_StatisticsOfTheBatch_AreRefused()
    {
        // Training is TensorFlow's default where the file says nothing.
        using var graph = OneChannel().Node("layer/y = FusedBatchNormV3(x, scale, offset, mean, variance)");

        graph.AssertRefused("layer/y", "is_training");
    }

    [Fact]
    public void Translate_StatisticsOfAnotherType_AreRefused()
    {
        var one = NdArray.Vector(1f);
        using var graph = Graph(NdArray.Of([1, 1, 1, 1], (Half)1), 1, one, one, one, one)
            .Node("layer/y = FusedBatchNormV3(x, scale, offset, mean, variance)", _inference);

        graph.AssertRefused("layer/y", "statistics", DataType.DtHalf);
    }

    [Fact]
    public void Translate_OutputsThatOnlyTrainingHas_AreRefused()
    {
        using var graph = OneChannel()
            .Node("layer/norm = FusedBatchNormV3(x, scale, offset, mean, variance)", _inference)
            .Node("y = Abs(layer/norm:1)");
        graph.Sign("y", DataType.DtFloat);

        var refusal = Assert.Throws<Engine.Runtimes.ModelLoadException>(() => graph.Load().Dispose());

        Assert.True(refusal.Refused);
        Assert.Contains("output 1 of node 'layer/norm' (FusedBatchNormV3)", refusal.Message, StringComparison.Ordinal);
    }

    private static GraphUnderTest OneChannel()
    {
        var one = NdArray.Vector(1f);
        return Graph(NdArray.Of([1, 1, 1, 1], 1f), 1, one, one, one, one);
    }

    private static GraphUnderTest Graph<T>(
        NdArray<T> x, int unknown, NdArray<float> scale, NdArray<float> offset, NdArray<float> mean,
        NdArray<float> variance)
        where T : unmanaged => new GraphUnderTest().Feed("x", x, unknown)
        .Constant("scale", scale).Constant("offset", offset).Constant("mean", mean).Constant("variance", variance);
}
