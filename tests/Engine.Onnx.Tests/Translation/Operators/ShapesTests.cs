using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ShapesTests
{
    private static readonly (string Name, AttrValue Value) _shrink = ("shrink_axis_mask", Attr.Int(1));

    [Fact]
    public void Translate_Shape_IsTheActualShapeInTheTypeAskedFor() =>
        Gen.Select(AnyShape.Of(0, 4), AnyShape.Unknown, Gen.Int).Sample(
            (shape, unknown, seed) =>
            {
                var x = NdArray.Numbers(seed, shape);
                using var narrow = new GraphUnderTest().Feed("x", x, unknown).Node("y = Shape(x)");
                NdArray.AssertSame(NdArray.Vector(shape), narrow.Run<int>("y"));

                using var wide = new GraphUnderTest().Feed("x", x, unknown)
                    .Node("y = Shape(x)", ("out_type", Attr.Type(DataType.DtInt64)));
                NdArray.AssertSame(NdArray.Vector(shape).Map(size => (long)size), wide.Run<long>("y"));
            },
            iter: 15, threads: 1);

    [Theory]
    [InlineData(2, 12)]
    [InlineData(-1, 4)]
    [InlineData(2, -1, 2, 3)]
    [InlineData(24)]
    public void Translate_ReshapeToConstants_KeepsTheOrder(params int[] target)
    {
        var x = NdArray.Numbers(1, 2, 3, 4);
        using var graph = new GraphUnderTest()
            .Feed("x", x).Integers("shape", target).Node("y = Reshape(x, shape)");

        var known = -target.Aggregate(1, (product, size) => product * size);
        NdArray.AssertSame(
            new NdArray<float>([.. target.Select(size => size == -1 ? 24 / known : size)], x.Data),
            graph.Run<float>("y"));
    }

    [Theory]
    [InlineData(0b001)]
    [InlineData(0b011)]
    [InlineData(0b111)]
    [InlineData(GraphUnderTest.Rank)]
    public void Translate_ReshapeToComputedSizes_FollowsThem(int unknown)
    {
        // What Keras writes for "merge the last two axes of whatever batch comes".
        var x = NdArray.Numbers(1, 2, 3, 4);
        using var graph = new GraphUnderTest().Feed("x", x, unknown).Node("shape = Shape(x)");
        for (var axis = 0; axis < 3; axis++)
        {
            Entry(graph, $"size{axis}", "shape", axis);
        }

        graph.Node("merged = Mul(size1, size2)")
            .Node("target = Pack(size0, merged)", ("N", Attr.Int(2)))
            .Node("y = Reshape(x, target)");

        NdArray.AssertSame(new NdArray<float>([2, 12], x.Data), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_ReshapeToTwoSizesThatVary_ReadsThemWhenRun()
    {
        var x = NdArray.Numbers(1, 2, 6, 4);
        using var graph = new GraphUnderTest().Feed("x", x, 0b011).Node("shape = Shape(x)").Integers("rest", -1, 2);
        Entry(graph, "rows", "shape", 0);
        graph.Node("target = Pack(rows, columns, halves)", ("N", Attr.Int(3)));
        Entry(graph, "columns", "rest", 0);
        Entry(graph, "halves", "rest", 1);
        graph.Node("y = Reshape(x, target)");

        NdArray.AssertSame(new NdArray<float>([2, 12, 2], x.Data), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_ReshapeOfNoElements_TakesZeroAsASize()
    {
        var x = NdArray.Of<float>([2, 0, 3]);
        using var constant = new GraphUnderTest()
            .Feed("x", x).Integers("target", 0, 5).Node("y = Reshape(x, target)");
        NdArray.AssertSame(NdArray.Of<float>([0, 5]), constant.Run<float>("y"));

        // The batch varies and another axis is empty: neither follows from the number of elements.
        using var computed = new GraphUnderTest().Feed("x", x).Node("shape = Shape(x)").Integers("none", 0, 1);
        Entry(computed, "rows", "shape", 0);
        Entry(computed, "columns", "none", 0);
        computed.Node("target = Pack(rows, columns)", ("N", Attr.Int(2))).Node("y = Reshape(x, target)");
        NdArray.AssertSame(NdArray.Of<float>([2, 0]), computed.Run<float>("y"));
    }

    [Fact]
    public void Translate_SizesOfDifferentRank_AreNotTakenForAList()
    {
        // A column of two times a row of two has four elements: two would pad one axis by some of them.
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 3))
            .Constant("column", NdArray.Of([2, 1], 0, 1)).Constant("row", NdArray.Vector(1, 2))
            .Node("pads = Mul(column, row)").Node("layer/y = Pad(x, pads)");

        graph.AssertRefused("layer/y", "computed");
    }

    [Fact]
    public void Translate_Squeeze_RemovesTheAxesNamed()
    {
        var x = NdArray.Numbers(1, 1, 3, 1, 2);
        using var named = new GraphUnderTest()
            .Feed("x", x).Node("y = Squeeze(x)", ("squeeze_dims", Attr.Ints(-2)));
        NdArray.AssertSame(new NdArray<float>([1, 3, 2], x.Data), named.Run<float>("y"));

        using var all = new GraphUnderTest().Feed("x", x, 0).Node("y = Squeeze(x)");
        NdArray.AssertSame(new NdArray<float>([3, 2], x.Data), all.Run<float>("y"));

        using var nothing = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 2, 3), 0).Node("y = Squeeze(x)");
        NdArray.AssertSame(NdArray.Numbers(1, 2, 3), nothing.Run<float>("y"));
    }

    [Fact]
    public void Translate_SqueezeOfWhateverIsOne_NeedsAStaticShape()
    {
        // A batch of one must not lose its axis.
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 1, 3)).Node("layer/y = Squeeze(x)");
        graph.AssertRefused("layer/y", "[-1,3]");

        // The exporter recorded what cannot be inferred here.
        var x = NdArray.Numbers(1, 1, 3);
        using var recorded = new GraphUnderTest().Feed("x", x, GraphUnderTest.EveryAxis).Node(
            "relu = Abs(x)", ("_output_shapes", Attr.Shapes(Attr.Shape(1, 3)))).Node("y = Squeeze(relu)");
        NdArray.AssertSame(new NdArray<float>([3], x.Data).Map(Math.Abs), recorded.Run<float>("y"));
    }

    [Fact]
    public void Translate_ExpandDims_AddsAnAxisAnywhere() =>
        Gen.Select(AnyShape.Of(0, 3), Gen.Int[0, 3], Gen.Bool, AnyShape.Unknown, Gen.Bool).Sample(
            (shape, place, negative, unknown, list) =>
            {
                var at = place % (shape.Length + 1);
                var axis = negative ? at - shape.Length - 1 : at;
                var x = NdArray.Numbers(place, shape);
                using var graph = new GraphUnderTest()
                    .Feed("x", x, unknown)
                    .Constant("axis", list ? NdArray.Vector(axis) : NdArray.Scalar(axis))
                    .Node("y = ExpandDims(x, axis)");

                NdArray.AssertSame(
                    new NdArray<float>([.. shape[..at], 1, .. shape[at..]], x.Data), graph.Run<float>("y"));
            },
            iter: 30, threads: 1);

    [Fact]
    public void Translate_Transpose_PermutesTheAxes() =>
        Gen.Select(AnyShape.Of(1, 4), AnyShape.Unknown, Gen.Int).Sample(
            (shape, unknown, seed) =>
            {
                var permutation = Enumerable.Range(0, shape.Length).ToArray();
                new Random(seed).Shuffle(permutation);
                var x = NdArray.Numbers(seed, shape);
                using var graph = new GraphUnderTest()
                    .Feed("x", x, unknown).Integers("perm", permutation).Node("y = Transpose(x, perm)");

                NdArray.AssertSame(x.Transpose(permutation), graph.Run<float>("y"));
            },
            iter: 30, threads: 1);

    [Theory]
    [InlineData("ExpandDims(x, at)", 3)]
    [InlineData("ExpandDims(x, at)", -4)]
    [InlineData("ExpandDims(x, at)")]
    [InlineData("Transpose(x, at)", 0, 2)]
    [InlineData("Transpose(x, at)", 0, 0)]
    [InlineData("Transpose(x, at)", 0)]
    public void Translate_AxesThatAreNotThere_AreRefused(string call, params int[] axes)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Integers("at", axes).Node($"layer/y = {call}");

        graph.AssertRefused("layer/y", call.StartsWith('E') ? "axis" : "permutation");
    }

    [Fact]
    public void Translate_SqueezeOfAnAxisThatIsNotThere_IsRefused()
    {
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(1, 2, 1)).Node(
            "layer/y = Squeeze(x)", ("squeeze_dims", Attr.Ints(2)));

        graph.AssertRefused("layer/y", "axis");
    }

    /// <summary>Entry <paramref name="axis"/> of a list, as an exporter writes it.</summary>
    private static void Entry(GraphUnderTest graph, string name, string list, int axis) => graph
        .Integers($"{name}/begin", axis).Integers($"{name}/end", axis + 1).Integers($"{name}/step", 1)
        .Node($"{name} = StridedSlice({list}, {name}/begin, {name}/end, {name}/step)", _shrink);
}
