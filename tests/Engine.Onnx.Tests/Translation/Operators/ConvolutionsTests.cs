using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ConvolutionsTests
{
    private static readonly Gen<(int Height, int Width)> _few = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3]);
    private static readonly Gen<(int Height, int Width)> _size = Gen.Select(Gen.Int[7, 10], Gen.Int[7, 10]);
    private static readonly Gen<string> _padding = Gen.OneOf("SAME", "VALID", "EXPLICIT");

    [Theory]
    [InlineData("NHWC")]
    [InlineData("NCHW")]
    public void Translate_Conv2D_AnyWindow_MatchesTheDefinition(string format) =>
        Gen.Select(Gen.Select(_size, _few, _few, _padding), Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 2], Gen.Int)
            .Sample(
                (window, groups, perGroup, outputsPerGroup, seed) =>
                {
                    var ((height, width), kernelSize, strides, padding) = window;
                    var x = NdArray.Numbers(seed, 2, height, width, groups * perGroup);
                    var kernel = NdArray.Numbers(
                        seed + 1, kernelSize.Height, kernelSize.Width, perGroup, groups * outputsPerGroup);
                    AssertConvolution("Conv2D", x, kernel, new Window(strides, (1, 1), padding, format), unknown: 1);
                },
                iter: 40, threads: 1);

    [Theory]
    [InlineData("NHWC")]
    [InlineData("NCHW")]
    public void Translate_Conv2D_DilatedWindow_MatchesTheDefinition(string format) =>
        Gen.Select(_size, _few, _few, _few, _padding, Gen.Int).Sample(
            (size, kernelSize, strides, dilations, padding, seed) =>
            {
                var x = NdArray.Numbers(seed, 2, size.Height, size.Width, 2);
                var kernel = NdArray.Numbers(seed + 1, kernelSize.Height, kernelSize.Width, 2, 3);
                AssertConvolution("Conv2D", x, kernel, new Window(strides, dilations, padding, format), unknown: 1);
            },
            iter: 30, threads: 1);

    [Theory]
    [InlineData("NHWC")]
    [InlineData("NCHW")]
    public void Translate_DepthwiseConv2D_AnyWindow_MatchesTheDefinition(string format) =>
        Gen.Select(_size, _few, _few, _padding, Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int).Sample(
            (size, kernelSize, strides, padding, channels, multiplier, seed) =>
            {
                var x = NdArray.Numbers(seed, 2, size.Height, size.Width, channels);
                var kernel = NdArray.Numbers(seed + 1, kernelSize.Height, kernelSize.Width, channels, multiplier);
                AssertConvolution(
                    "DepthwiseConv2dNative", x, kernel, new Window(strides, (1, 1), padding, format), unknown: 1);
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_PicturesOfAnySize_PadsAsForAKnownSize() =>
        Gen.Select(_size, _few, _few, _padding, Gen.OneOf("NHWC", "NCHW"), Gen.Int).Sample(
            (size, kernelSize, strides, padding, format, seed) =>
            {
                var x = NdArray.Numbers(seed, 2, size.Height, size.Width, 2);
                var kernel = NdArray.Numbers(seed + 1, kernelSize.Height, kernelSize.Width, 2, 3);
                var sides = format == "NHWC" ? 0b0111 : 0b1101;
                AssertConvolution("Conv2D", x, kernel, new Window(strides, (1, 1), padding, format), sides);
                AssertConvolution(
                    "Conv2D", x, kernel, new Window((1, 1), strides, padding, format), GraphUnderTest.EveryAxis);
            },
            iter: 20, threads: 1);

    [Fact]
    public void Translate_KernelThatIsComputed_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 1, 4, 4, 1)).Feed("k", NdArray.Numbers(2, 2, 2, 1, 1), 0)
            .Node("layer/y = Conv2D(x, k)", ("strides", Attr.Ints(1, 1, 1, 1)), ("padding", Attr.Text("SAME")));

        graph.AssertRefused("layer/y", "kernel");
    }

    [Fact]
    public void Translate_DilatedAndStridedOverPicturesOfAnySize_IsRefused()
    {
        using var graph = Graph(("padding", Attr.Text("SAME")), ("strides", Attr.Ints(1, 2, 2, 1)),
            ("dilations", Attr.Ints(1, 2, 2, 1)));

        graph.AssertRefused("layer/y", "dilated");
    }

    [Theory]
    [InlineData("NCHW_VECT_C")]
    [InlineData("HWNC")]
    public void Translate_OtherDataFormats_AreRefused(string format)
    {
        using var graph = Graph(("padding", Attr.Text("SAME")), ("strides", Attr.Ints(1, 1, 1, 1)),
            ("data_format", Attr.Text(format)));

        graph.AssertRefused("layer/y", format);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void Translate_StridesOverBatchOrChannels_AreRefused(int batch, int channels)
    {
        using var graph = Graph(("padding", Attr.Text("SAME")), ("strides", Attr.Ints(batch, 1, 1, channels)));

        graph.AssertRefused("layer/y", "strides");
    }

    [Theory]
    [InlineData(1, 0, 0, 0, 0, 0, 0, 0)]
    [InlineData(0, 0, 0, 0, 0, 0, 0, 2)]
    [InlineData(0, 0, 1, 1)]
    [InlineData]
    public void Translate_ExplicitPaddingBesideHeightAndWidth_IsRefused(params int[] pads)
    {
        using var graph = Graph(("padding", Attr.Text("EXPLICIT")), ("strides", Attr.Ints(1, 1, 1, 1)),
            ("explicit_paddings", Attr.Ints([.. pads.Select(cells => (long)cells)])));

        graph.AssertRefused("layer/y", "explicit_paddings");
    }

    [Fact]
    public void Translate_DamagedStrides_AreRefused()
    {
        using var none = Graph(("padding", Attr.Text("VALID")), ("strides", Attr.Ints(1, 0, 0, 1)));
        none.AssertRefused("layer/y", "strides");

        using var few = Graph(("padding", Attr.Text("VALID")), ("strides", Attr.Ints(1, 1)));
        few.AssertRefused("layer/y", "strides");
    }

    [Theory]
    [InlineData(2, 2, 4)]
    [InlineData(2, 2, 0, 4)]
    [InlineData(2, 2, 3, 4)]
    public void Translate_KernelThatDoesNotFitTheChannels_IsRefused(params int[] shape)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 1, 4, 4, 4)).Constant("k", NdArray.Numbers(2, shape))
            .Node("layer/y = Conv2D(x, k)", ("strides", Attr.Ints(1, 1, 1, 1)), ("padding", Attr.Text("SAME")));

        graph.AssertRefused("layer/y", "kernel");
    }

    [Fact]
    public void Translate_ConvolutionOfIntegers_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Of([1, 1, 1, 1], 1)).Constant("k", NdArray.Of([1, 1, 1, 1], 1))
            .Node("layer/y = Conv2D(x, k)", ("strides", Attr.Ints(1, 1, 1, 1)), ("padding", Attr.Text("SAME")));

        graph.AssertRefused("layer/y", "INT32", DataType.DtInt32);
    }

    private static GraphUnderTest Graph(params (string Name, AttrValue Value)[] attributes) => new GraphUnderTest()
        .Feed("x", NdArray.Numbers(1, 1, 6, 6, 1), GraphUnderTest.EveryAxis)
        .Constant("k", NdArray.Numbers(2, 2, 2, 1, 1))
        .Node("layer/y = Conv2D(x, k)", attributes);

    /// <param name="unknown">Axes that the signature leaves open, in the given format.</param>
    private static void AssertConvolution(
        string op, NdArray<float> x, NdArray<float> kernel, Window window, int unknown)
    {
        var height = window.Height(x.Shape[1], kernel.Shape[0]);
        var width = window.Width(x.Shape[2], kernel.Shape[1]);
        var expected = op == "Conv2D" ? Picture.Convolve(x, kernel, height, width)
            : Picture.ConvolveDepthwise(x, kernel, height, width);
        var last = window.Format == "NHWC";
        using var graph = new GraphUnderTest()
            .Feed("x", last ? x : Picture.ToChannelsFirst(x), unknown)
            .Constant("k", kernel)
            .Node($"y = {op}(x, k)", window.Attributes());

        NdArray.AssertClose(last ? expected : Picture.ToChannelsFirst(expected), graph.Run<float>("y"));
    }
}
