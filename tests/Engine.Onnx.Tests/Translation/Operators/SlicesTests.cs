using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class SlicesTests
{
    /// <summary>One axis of a slice: begin, end, stride, and whether the masks leave begin and end out.</summary>
    private static readonly Gen<Part> _part = Gen.Select(
        Gen.Int[-6, 6], Gen.Int[-6, 6], Gen.OneOf(1, 1, 2, 3, -1, -2), Gen.Bool, Gen.Bool, Gen.Int[0, 3],
        (begin, end, stride, fromStart, toEnd, kind) => new Part(begin, end, stride, fromStart, toEnd, kind == 0));

    [Fact]
    public void Translate_StridedSlice_AnyPartOfAKnownShape_IsNumPys() =>
        Gen.Select(AnyShape.Of(1, 3), _part.Array[0, 3], Gen.Int).Sample(
            (shape, parts, seed) => AssertSlice(NdArray.Numbers(seed, shape), parts, unknown: 0),
            iter: 150, threads: 1);

    [Fact]
    public void Translate_StridedSlice_ForwardsOverAnyShape_IsNumPys() =>
        Gen.Select(AnyShape.Of(1, 3), _part.Array[0, 3], Gen.Int[0, 7], Gen.Int).Sample(
            (shape, parts, unknown, seed) => AssertSlice(
                NdArray.Numbers(seed, shape), [.. parts.Select(part => part with { Stride = Math.Abs(part.Stride) })],
                unknown),
            iter: 75, threads: 1);

    [Fact]
    public void Translate_SliceBackwardsOverAnySize_RunsWhereEverySizeGivesNumPys()
    {
        var x = NdArray.Numbers(1, 5, 2);
        foreach (var part in new Part[]
        {
            new(0, 0, -1, true, true), new(3, 0, -1), new(-1, 1, -2), new(9, -9, -1), new(-1, 0, -1, false, true),
            new(3, int.MaxValue, -1),
        })
        {
            AssertSlice(x, [part], unknown: 1);
        }
    }

    [Fact]
    public void Translate_SliceBackwardsThatDependsOnTheSize_IsRefused()
    {
        // Of a single entry TensorFlow takes nothing here, and ONNX that entry.
        using var graph = Graph(NdArray.Numbers(1, 5), unknown: 1, [-2], [0], [-1])
            .Node("layer/y = StridedSlice(x, begin, end, strides)", ("end_mask", Attr.Int(1)));

        graph.AssertRefused("layer/y", "backwards");
    }

    [Fact]
    public void Translate_EndBeyondEverything_TakesTheRest()
    {
        var x = NdArray.Numbers(1, 5);
        using var forwards = Graph(x, unknown: 1, [2], [int.MaxValue], [1])
            .Node("y = StridedSlice(x, begin, end, strides)");
        NdArray.AssertSame(NdArray.Vector(x.Data[2..]), forwards.Run<float>("y"));

        // Backwards it is behind the beginning: nothing is left.
        using var backwards = Graph(x, unknown: 0, [3], [int.MaxValue], [-1])
            .Node("y = StridedSlice(x, begin, end, strides)");
        NdArray.AssertSame(NdArray.Vector<float>(), backwards.Run<float>("y"));
    }

    [Fact]
    public void Translate_SliceOfAVastAxis_TakesNoTimePerEntry()
    {
        // Sizes come from the file: the shape of the slice is computed, never counted.
        using var graph = new GraphUnderTest();
        graph.Feed("x", NdArray.Numbers(1, 1))
            .Integers("begin", 0).Integers("end", 0).Integers("strides", 1)
            .Node("y = StridedSlice(x, begin, end, strides)", ("end_mask", Attr.Int(1)))
            .Sign("y", DataType.DtFloat);
        graph.Meta.SignatureDef["serving_default"].Inputs["x"].TensorShape = Attr.Shape(long.MaxValue / 8);

        graph.Load().Dispose();
    }

    [Theory]
    [InlineData("ellipsis_mask")]
    [InlineData("new_axis_mask")]
    public void Translate_MasksThatAreNotTranslated_AreRefused(string mask)
    {
        using var graph = Graph(NdArray.Numbers(1, 2, 3), unknown: 1, [0, 0], [1, 1], [1, 1])
            .Node("layer/y = StridedSlice(x, begin, end, strides)", (mask, Attr.Int(1)));

        graph.AssertRefused("layer/y", "ellipsis or a new axis");
    }

    [Fact]
    public void Translate_BoundsThatAreComputed_AreRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 4)).Feed("begin", NdArray.Vector(1), 0).Integers("end", 2)
            .Integers("strides", 1).Node("layer/y = StridedSlice(x, begin, end, strides)");

        graph.AssertRefused("layer/y", "begin");
    }

    [Theory]
    [InlineData(new[] { 0 }, new[] { 4 }, new[] { 0 })]
    [InlineData(new[] { 0, 0 }, new[] { 4 }, new[] { 1, 1 })]
    [InlineData(new[] { 0, 0 }, new[] { 4, 4 }, new[] { 1 })]
    [InlineData(new[] { 0, 0 }, new[] { 4, 4 }, new[] { 1, 1 })]
    public void Translate_DamagedBounds_AreRefused(int[] begin, int[] end, int[] strides)
    {
        using var graph = Graph(NdArray.Numbers(1, 4), unknown: 0, begin, end, strides)
            .Node("layer/y = StridedSlice(x, begin, end, strides)");

        graph.AssertRefused("layer/y", "bounds");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    public void Translate_EntryThatIsNotThere_IsRefused(int at)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 1, 1, 1, 1)).Node("shape = Shape(x)")
            .Integers("begin", at).Integers("end", at + 1).Integers("strides", 1)
            .Node("layer/y = StridedSlice(shape, begin, end, strides)", ("shrink_axis_mask", Attr.Int(1)));

        graph.AssertRefused("layer/y", "no entry", DataType.DtInt32);
    }

    private static GraphUnderTest Graph<T>(NdArray<T> x, int unknown, int[] begin, int[] end, int[] strides)
        where T : unmanaged => new GraphUnderTest()
        .Feed("x", x, unknown).Integers("begin", begin).Integers("end", end).Integers("strides", strides);

    private static void AssertSlice(NdArray<float> x, Part[] parts, int unknown)
    {
        parts = [.. parts.Take(x.Rank).Select((part, axis) => part.Within(x.Shape[axis]))];
        long Mask(Func<Part, bool> set) => parts.Select((part, axis) => set(part) ? 1L << axis : 0).Sum();
        using var graph = Graph(
            x, unknown, [.. parts.Select(p => p.Begin)], [.. parts.Select(p => p.End)],
            [.. parts.Select(p => p.Stride)]);
        graph.Node(
            "y = StridedSlice(x, begin, end, strides)", ("begin_mask", Attr.Int(Mask(p => p.FromStart))),
            ("end_mask", Attr.Int(Mask(p => p.ToEnd))), ("shrink_axis_mask", Attr.Int(Mask(p => p.Shrinks))));

        var taken = x.Shape.Select((size, axis) =>
            axis < parts.Length ? parts[axis].Positions(size) : [.. Enumerable.Range(0, size)]).ToList();
        var whole = NdArray.From(
            [.. taken.Select(positions => positions.Count)], at => x[[.. at.Select((i, axis) => taken[axis][i])]]);
        NdArray.AssertSame(
            new NdArray<float>(
                [.. whole.Shape.Where((_, axis) => axis >= parts.Length || !parts[axis].Shrinks)], whole.Data),
            graph.Run<float>("y"));
    }

    private sealed record Part(
        int Begin, int End, int Stride, bool FromStart = false, bool ToEnd = false, bool Shrinks = false)
    {
        /// <summary>A single entry has to exist, and its stride is 1: anything else TensorFlow does not run.</summary>
        public Part Within(int size) => Shrinks
            ? this with { Begin = Math.Clamp(Begin, -size, size - 1), Stride = 1 }
            : this;

        /// <summary>By walking: from the first position while inside the axis and before the end.</summary>
        public List<int> Positions(int size)
        {
            int Wrap(int at) => at < 0 ? at + size : at;
            if (Shrinks)
            {
                return [Wrap(Begin)];
            }

            var (low, high) = Stride > 0 ? (0, size) : (-1, size - 1);
            var first = FromStart ? (Stride > 0 ? 0 : size - 1) : Math.Clamp(Wrap(Begin), low, high);
            var end = ToEnd ? (Stride > 0 ? size : -1) : Math.Clamp(Wrap(End), low, high);
            var positions = new List<int>();
            for (var at = first; Stride > 0 ? at < end : at > end; at += Stride)
            {
                positions.Add(at);
            }

            return positions;
        }
    }
}
