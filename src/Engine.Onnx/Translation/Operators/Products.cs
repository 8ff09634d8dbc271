using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Matrix products.</summary>
internal static class Products
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["MatMul"] = c => Multiply(c, c.Attributes.Bool("transpose_a"), c.Attributes.Bool("transpose_b")),
            ["BatchMatMul"] = c => Multiply(c, c.Attributes.Bool("adj_x"), c.Attributes.Bool("adj_y")),
            ["BatchMatMulV2"] = c => Multiply(c, c.Attributes.Bool("adj_x"), c.Attributes.Bool("adj_y")),
        };

    private static void Multiply(NodeContext c, bool transposeLeft, bool transposeRight)
    {
        var type = c.RequireFloat();
        var (left, leftShape) = Operand(c, 0, transposeLeft);
        var (right, rightShape) = Operand(c, 1, transposeRight);
        c.Set(c.Graph.Add("MatMul", [left, right]), type, Shape(leftShape, rightShape));
    }

    private static (string Name, TensorShape Shape) Operand(NodeContext c, int index, bool transpose)
    {
        var value = c.Input(index);
        if (!transpose)
        {
            return (value.Name, value.Shape);
        }

        if (!value.Shape.HasRank || value.Shape.Rank < 2)
        {
            throw c.Refuse($"input {index} is transposed and has the shape {value.Shape}");
        }

        var axes = Enumerable.Range(0, value.Shape.Rank).Select(i => (long)i).ToArray();
        (axes[^1], axes[^2]) = (axes[^2], axes[^1]);
        var shape = TensorShape.Of([.. axes.Select(axis => value.Shape[(int)axis])]);
        return (c.Graph.Add("Transpose", [value.Name], Attributes.Ints("perm", axes)), shape);
    }

    private static TensorShape Shape(TensorShape left, TensorShape right)
    {
        if (!left.HasRank || !right.HasRank || left.Rank < 2 || right.Rank < 2)
        {
            return TensorShape.UnknownRank;
        }

        var batch = Elementwise
            .Broadcast(TensorShape.Of(left.Dimensions[..^2]), TensorShape.Of(right.Dimensions[..^2]));
        return TensorShape.Of([.. batch.Dimensions, left[left.Rank - 2], right[right.Rank - 1]]);
    }
}
