using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Proto;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Reductions over axes.</summary>
internal static class Reductions
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Mean"] = c => Reduce(c, "ReduceMean"),
            ["Max"] = c => Reduce(c, "ReduceMax"),
            ["Min"] = c => Reduce(c, "ReduceMin"),
            ["Prod"] = c => Reduce(c, "ReduceProd"),
            ["Sum"] = c => Reduce(c, "ReduceSum"),
            ["ArgMax"] = c => Pick(c, "ArgMax"),
            ["ArgMin"] = c => Pick(c, "ArgMin"),
        };

    private static void Reduce(NodeContext c, string op)
    {
        var type = c.RequireFloat();
        var axes = c.Integers(1, "list of axes");
        var keep = c.Attributes.Bool("keep_dims");
        if (axes.Length == 0)
        {
            // No axis at all leaves the tensor as it is; in ONNX an empty list means every axis.
            c.Set(c.Input(0).Name, type, c.Input(0).Shape);
            return;
        }

        var shape = Shape(c, axes, keep);
        var keepDims = Attributes.Int("keepdims", keep ? 1 : 0);

        // In opset 17 ReduceSum alone takes the axes as an input.
        var reduced = op == "ReduceSum"
            ? c.Graph.Add(op, [c.Input(0).Name, c.Graph.Int64s(axes)], keepDims)
            : c.Graph.Add(op, [c.Input(0).Name], Attributes.Ints("axes", axes), keepDims);
        c.Set(reduced, type, shape);
    }

    private static void Pick(NodeContext c, string op)
    {
        c.RequireFloat();
        var axis = c.Integer(1, "axis");
        var picked = c.Graph.Add(op, [c.Input(0).Name], Attributes.Int("axis", axis), Attributes.Int("keepdims", 0));
        var type = c.Attributes.Type("output_type");
        AttributeProto to = Attributes.Int("to", OnnxTypes.Number(type));
        c.Set(
            type == ElementType.Int64 ? picked
                : c.Graph.Add("Cast", [picked], to), type, Shape(c, [axis], keep: false));
    }

    private static TensorShape Shape(NodeContext c, long[] axes, bool keep)
    {
        var input = c.Input(0).Shape;
        if (!input.HasRank)
        {
            return input;
        }

        var reduced = axes.Select(axis => c.Axis(axis, input.Rank)).ToHashSet();
        var dimensions = new List<long>();
        for (var axis = 0; axis < input.Rank; axis++)
        {
            if (!reduced.Contains(axis))
            {
                dimensions.Add(input[axis]);
            }
            else if (keep)
            {
                dimensions.Add(1);
            }
        }

        return TensorShape.Of([.. dimensions]);
    }
}
