using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class PoolingTests
{
    private static readonly Gen<(int Height, int Width)> _few = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3]);
    private static readonly Gen<(int Height, int Width)> _size = Gen.Select(Gen.Int[3, 7], Gen.Int[3, 7]);

    [Theory]
    [InlineData("MaxPool", "NHWC")]
    [InlineData("MaxPool", "NCHW")]
    [InlineData("AvgPool", "NHWC")]
    [InlineData("AvgPool", "NCHW")]
    public void Translate_Pool_CountsThePicturesOwnCellsAlone(string op, string format) =>
        Gen.Select(_size, _few, _few, Gen.OneOf("SAME", "VALID"), Gen.Bool, Gen.Int).Sample(
            (size, pool, strides, padding, anySize, seed) =>
            {
                // Below zero: a padding of zeros would be the largest cell.
                var x = NdArray.Numbers(seed, 2, size.Height, size.Width, 2).Map(value => value - 5);
                anySize &= pool == (1, 1) || (pool.Height >= strides.Height && pool.Width >= strides.Width);
                AssertPool(op, x, pool, new Window(strides, (1, 1), padding, format), anySize);
            },
            iter: 30, threads: 1);

    [Fact]
    public void Translate_MaxPoolWithExplicitPadding_CountsThePicturesOwnCellsAlone() =>
        Gen.Select(_size, _few, Gen.OneOf("NHWC", "NCHW"), Gen.Int).Sample(
            (size, strides, format, seed) =>
            {
                var x = NdArray.Numbers(seed, 2, size.Height, size.Width, 2).Map(value => value - 5);
                AssertPool("MaxPool", x, (3, 3), new Window(strides, (1, 1), "EXPLICIT", format), anySize: false);
            },
            iter: 10, threads: 1);

    [Fact]
    public void Run_ZerosPaddedBeforeAMaxPool_Count()
    {
        // The engine's optimizer may not merge this padding into the pool, whose own padding never counts.
        var x = NdArray.Numbers(3, 1, 4, 4, 1).Map(value => value - 5);
        using var graph = new GraphUnderTest()
            .Feed("x", x).Constant("pads", NdArray.Of([4, 2], 0, 0, 1, 1, 1, 1, 0, 0))
            .Node("padded = Pad(x, pads)")
            .Node("y = MaxPool(padded)", new Window((2, 2), (1, 1), "VALID", "NHWC").Attributes((3, 3)));

        var padded = NdArray.From([1, 6, 6, 1], at =>
            at[1] is 0 or 5 || at[2] is 0 or 5 ? 0 : x[0, at[1] - 1, at[2] - 1, 0]);
        var axis = Picture.Axis.Of(6, 3, 2, 1, "VALID", 0, 0);
        NdArray.AssertSame(Picture.Pool(padded, axis, axis, Enumerable.Max), graph.Run<float>("y"));
    }

    [Theory]
    [InlineData("MaxPool")]
    [InlineData("AvgPool")]
    public void Translate_GapsBetweenWindowsOverPicturesOfAnySize_AreRefused(string op)
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 2, 4, 4, 2), 0b0111).Node(
            $"layer/y = {op}(x)", new Window((3, 1), (1, 1), "SAME", "NHWC").Attributes((2, 1)));

        graph.AssertRefused("layer/y", "smaller than its stride");
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void Translate_WindowOverBatchOrChannels_IsRefused(int batch, int channels)
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 2, 4, 4, 2)).Node(
            "layer/y = MaxPool(x)", ("ksize", Attr.Ints(batch, 2, 2, channels)), ("strides", Attr.Ints(1, 1, 1, 1)),
            ("padding", Attr.Text("VALID")));

        graph.AssertRefused("layer/y", "window");
    }

    [Fact]
    public void Translate_PictureOfAnotherRank_IsRefused()
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 2, 4, 4)).Node(
            "layer/y = AvgPool(x)", new Window((1, 1), (1, 1), "VALID", "NHWC").Attributes((2, 2)));

        graph.AssertRefused("layer/y", "rank 4");
    }

    [Fact]
    public void Translate_PoolOfIntegers_IsRefused()
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Of([1, 1, 1, 1], 1)).Node(
            "layer/y = MaxPool(x)", new Window((1, 1), (1, 1), "VALID", "NHWC").Attributes((1, 1)));

        graph.AssertRefused("layer/y", "INT32", DataType.DtInt32);
    }

    private static void AssertPool(
        string op, NdArray<float> x, (int Height, int Width) pool, Window window, bool anySize)
    {
        var expected = Picture.Pool(
            x, window.Height(x.Shape[1], pool.Height), window.Width(x.Shape[2], pool.Width),
            cells => op == "MaxPool" ? cells.Max() : cells.Average());
        var last = window.Format == "NHWC";
        using var graph = new GraphUnderTest()
            .Feed("x", last ? x : Picture.ToChannelsFirst(x), anySize ? GraphUnderTest.EveryAxis : 1)
            .Node($"y = {op}(x)", window.Attributes(pool));

        NdArray.AssertClose(last ? expected : Picture.ToChannelsFirst(expected), graph.Run<float>("y"));
    }
}
