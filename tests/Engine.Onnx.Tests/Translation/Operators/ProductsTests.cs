using CsCheck;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

public sealed class ProductsTests
{
    [Fact]
    public void Translate_MatMul_TransposesAsAsked() =>
        Gen.Select(Gen.Int[1, 4].Array[3], Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int).Sample(
            (sizes, transposeLeft, transposeRight, constant, seed) =>
            {
                var left = NdArray.Numbers(seed, Sides(sizes[0], sizes[1], transposeLeft));
                var right = NdArray.Numbers(seed + 1, Sides(sizes[1], sizes[2], transposeRight));
                using var graph = new GraphUnderTest().Feed("a", left);
                (constant ? graph.Constant("b", right) : graph.Feed("b", right)).Node(
                    "y = MatMul(a, b)", ("transpose_a", Attr.Flag(transposeLeft)),
                    ("transpose_b", Attr.Flag(transposeRight)));

                NdArray.AssertClose(
                    Multiply(Flip(left, transposeLeft), Flip(right, transposeRight)), graph.Run<float>("y"));
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_BatchMatMul_BroadcastsTheBatch() =>
        Gen.Select(AnyShape.Pair(2), Gen.Int[1, 3].Array[3], Gen.Bool, Gen.Bool, Gen.Int[0, 15], Gen.Int).Sample(
            (batch, sizes, adjointLeft, adjointRight, unknown, seed) =>
            {
                var left = NdArray.Numbers(seed, [.. batch.Left, .. Sides(sizes[0], sizes[1], adjointLeft)]);
                var right = NdArray.Numbers(seed + 1, [.. batch.Right, .. Sides(sizes[1], sizes[2], adjointRight)]);
                using var graph = new GraphUnderTest()
                    .Feed("a", left, unknown).Feed("b", right, unknown)
                    .Node("y = BatchMatMulV2(a, b)", ("adj_x", Attr.Flag(adjointLeft)),
                        ("adj_y", Attr.Flag(adjointRight)));

                NdArray.AssertClose(
                    Multiply(Flip(left, adjointLeft), Flip(right, adjointRight)), graph.Run<float>("y"));
            },
            iter: 40, threads: 1);

    [Fact]
    public void Translate_ProductOfUnknownRanks_RunsUnlessTransposed()
    {
        var (left, right) = (NdArray.Numbers(1, 2, 3, 4), NdArray.Numbers(2, 2, 4, 2));
        using var plain = new GraphUnderTest()
            .Feed("a", left, GraphUnderTest.Rank).Feed("b", right, GraphUnderTest.Rank)
            .Node("y = BatchMatMul(a, b)");
        NdArray.AssertClose(Multiply(left, right), plain.Run<float>("y"));

        using var transposed = new GraphUnderTest()
            .Feed("a", left, GraphUnderTest.Rank).Feed("b", right)
            .Node("layer/y = BatchMatMul(a, b)", ("adj_x", Attr.Flag(true)));
        transposed.AssertRefused("layer/y", "transposed");
    }

    [Fact]
    public void Translate_ProductOfIntegers_IsRefused()
    {
        using var graph = new GraphUnderTest()
            .Feed("a", NdArray.Of([1, 1], 1)).Feed("b", NdArray.Of([1, 1], 1)).Node("layer/y = MatMul(a, b)");

        graph.AssertRefused("layer/y", "INT32", DataType.DtInt32);
    }

    private static int[] Sides(int rows, int columns, bool transposed) =>
        transposed ? [columns, rows] : [rows, columns];

    private static NdArray<float> Flip(NdArray<float> x, bool transposed) => transposed
        ? x.Transpose([.. Enumerable.Range(0, x.Rank - 2), x.Rank - 1, x.Rank - 2])
        : x;

    private static NdArray<float> Multiply(NdArray<float> left, NdArray<float> right)
    {
        var batch = NdArray.Broadcast(left.Shape[..^2], right.Shape[..^2]);
        return NdArray.From([.. batch, left.Shape[^2], right.Shape[^1]], at =>
        {
            var sum = 0.0;
            for (var k = 0; k < left.Shape[^1]; k++)
            {
                int[] inLeft = [.. at[..^1], k];
                int[] inRight = [.. at[..^2], k, at[^1]];
                sum += Element(left, inLeft) * Element(right, inRight);
            }

            return (float)sum;
        });
    }

    /// <summary>Only the batch axes broadcast; the matrix's own are read as they are.</summary>
    private static double Element(NdArray<float> matrices, int[] index)
    {
        var own = index[(index.Length - matrices.Rank)..];
        for (var axis = 0; axis < own.Length - 2; axis++)
        {
            own[axis] = matrices.Shape[axis] == 1 ? 0 : own[axis];
        }

        return matrices[own];
    }
}
