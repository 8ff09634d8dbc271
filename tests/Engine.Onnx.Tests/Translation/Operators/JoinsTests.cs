using CsCheck;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class JoinsTests
{
    [Fact]
    public void Translate_Pack_StacksAlongANewAxis() =>
        Gen.Select(AnyShape.Of(0, 3), Gen.Int[1, 3], Gen.Int[0, 3], Gen.Bool, AnyShape.Unknown).Sample(
            (shape, count, place, negative, unknown) =>
            {
                var axis = place % (shape.Length + 1);
                var parts = Enumerable.Range(0, count).Select(i => NdArray.Numbers(i, shape)).ToList();
                using var graph = Graph(parts, unknown).Node(
                    $"y = Pack({Names(count)})", ("N", Attr.Int(count)),
                    ("axis", Attr.Int(negative ? axis - shape.Length - 1 : axis)));

                NdArray.AssertSame(
                    NdArray.From(
                        [.. shape[..axis], count, .. shape[axis..]],
                        at => parts[at[axis]][[.. at[..axis], .. at[(axis + 1)..]]]),
                    graph.Run<float>("y"));
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_Concat_JoinsAlongAnAxis() =>
        Gen.Select(AnyShape.Of(1, 3), Gen.Int[1, 3].Array[1, 3], Gen.Int[0, 2], Gen.Bool, AnyShape.Unknown).Sample(
            (shape, sizes, place, negative, unknown) =>
            {
                var axis = place % shape.Length;
                var parts = sizes.Select((size, i) =>
                    NdArray.Numbers(i, [.. shape[..axis], size, .. shape[(axis + 1)..]])).ToList();
                using var graph = Graph(parts, unknown)
                    .Constant("axis", NdArray.Scalar(negative ? axis - shape.Length : axis))
                    .Node($"y = ConcatV2({Names(sizes.Length)}, axis)", ("N", Attr.Int(sizes.Length)));

                // Position along the axis → part and place in it.
                var places = sizes.SelectMany((size, i) => Enumerable.Range(0, size).Select(at => (Part: i, At: at)))
                    .ToList();
                NdArray.AssertSame(
                    NdArray.From(
                        [.. shape[..axis], places.Count, .. shape[(axis + 1)..]],
                        at => parts[places[at[axis]].Part][
                            [.. at[..axis], places[at[axis]].At, .. at[(axis + 1)..]]]),
                    graph.Run<float>("y"));
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_Pad_SurroundsWithZerosOrTheValueGiven() =>
        Gen.Select(AnyShape.Of(1, 4, 3), Gen.Int[0, 2].Array[8], AnyShape.Unknown, Gen.Bool, Gen.Int).Sample(
            (shape, sizes, unknown, valued, seed) =>
            {
                var x = NdArray.Numbers(seed, shape);
                var pads = NdArray.Of([shape.Length, 2], sizes[..(2 * shape.Length)]);
                using var graph = new GraphUnderTest().Feed("x", x, unknown).Constant("pads", pads)
                    .Constant("value", NdArray.Scalar(-7f))
                    .Node(valued ? "y = PadV2(x, pads, value)" : "y = Pad(x, pads)");

                NdArray.AssertSame(
                    NdArray.From([.. shape.Select((size, axis) => size + pads[axis, 0] + pads[axis, 1])], at =>
                    {
                        int[] inside = [.. at.Select((i, axis) => i - pads[axis, 0])];
                        return inside.Zip(shape).All(p => p.First >= 0 && p.First < p.Second) ? x[inside]
                            : valued ? -7 : 0;
                    }),
                    graph.Run<float>("y"));
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_PadOfIntegers_KeepsTheirType()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Vector(5L)).Constant("pads", NdArray.Of([1, 2], 1, 2)).Node("y = Pad(x, pads)");

        NdArray.AssertSame(NdArray.Vector(0L, 5L, 0L, 0L), graph.Run<long>("y"));
    }

    [Theory]
    [InlineData("Pad(x, at)")]
    [InlineData("ConcatV2(x, x, at)")]
    public void Translate_PlacesThatAreComputed_AreRefused(string call)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2)).Feed("at", NdArray.Of([1, 2], 0, 0), 0)
            .Node($"layer/y = {call}", ("N", Attr.Int(2)));

        graph.AssertRefused("layer/y", "constant");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-3)]
    public void Translate_AxisBeyondTheRank_IsRefused(int axis)
    {
        using var concat = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Integers("axis", axis)
            .Node("layer/y = ConcatV2(x, x, axis)", ("N", Attr.Int(2)));
        concat.AssertRefused("layer/y", "axis");

        using var pack = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 3))
            .Node("layer/y = Pack(x, x)", ("N", Attr.Int(2)), ("axis", Attr.Int(axis)));
        pack.AssertRefused("layer/y", "axis");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 0, 0, 1, 0, 0)]
    [InlineData(0, 0, -1, 0)]
    public void Translate_PaddingThatDoesNotFit_IsRefused(params int[] pads)
    {
        // A negative padding would crop in ONNX; TensorFlow does not run it.
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3)).Constant("pads", NdArray.Of([pads.Length / 2, 2], pads))
            .Node("layer/y = Pad(x, pads)");

        graph.AssertRefused("layer/y", "padding");
    }

    private static string Names(int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => $"x{i}"));

    private static GraphUnderTest Graph(List<NdArray<float>> parts, int unknown)
    {
        var graph = new GraphUnderTest();
        for (var i = 0; i < parts.Count; i++)
        {
            graph.Feed($"x{i}", parts[i], i == 0 ? unknown : 1);
        }

        return graph;
    }
}
