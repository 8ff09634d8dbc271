using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Shapes and what changes them.</summary>
internal static class Shapes
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Shape"] = Shape,
            ["Reshape"] = Reshape,
            ["Squeeze"] = Squeeze,
            ["ExpandDims"] = ExpandDims,
            ["Transpose"] = Transpose,
            ["Identity"] = c => c.Set(0, c.Input(0)),
        };

    private static void Shape(NodeContext c)
    {
        var type = c.Attributes.Type("out_type");
        var shape = c.Graph.Add("Shape", [c.Input(0).Name]);
        var known = c.Input(0).Shape;
        c.Set(0, new OnnxValue(
            type == ElementType.Int64 ? shape
                : c.Graph.Add("Cast", [shape], Attributes.Int("to", OnnxTypes.Number(type))),
            type,
            TensorShape.Of(known.HasRank ? known.Rank : TensorShape.Any))
        {
            Elements = known.HasRank
                ? [.. known.Dimensions.ToArray().Select(d => d == TensorShape.Any ? (long?)null : d)] : null,
        });
    }

    private static void Reshape(NodeContext c)
    {
        var target = c.Input(1);
        string shape;
        var result = TensorShape.UnknownRank;
        if (target.Elements is { } elements && elements.Count(e => e is null or -1) <= 1
            && !(elements.Contains(0) && elements.Contains(null)))
        {
            // One size that varies follows from the number of elements, unless that is zero.
            long[] sizes = [.. elements.Select(e => e ?? -1)];
            shape = c.Graph.Int64s(sizes);
            result = TensorShape.Of(sizes);
        }
        else
        {
            shape = c.Graph.Add("Cast", [target.Name], Attributes.Int("to", OnnxTypes.Number(ElementType.Int64)));
            result = target.Elements is { } some
                ? TensorShape.Of([.. some.Select(e => e is null or -1 ? TensorShape.Any : e.Value)]) : result;
        }

        // A zero means zero elements in TensorFlow and "as before" in ONNX, unless told otherwise.
        c.Set(c.Graph.Add("Reshape", [c.Input(0).Name, shape], Attributes.Int("allowzero", 1)), c.Input(0).Type,
            result);
    }

    private static void Squeeze(NodeContext c)
    {
        var input = c.Input(0).Shape;
        var axes = c.Attributes.List<long>("squeeze_dims").ToArray();
        if (axes.Length == 0)
        {
            // Every axis of size 1 goes: an axis that varies may be 1 today and not tomorrow.
            axes = input.IsStatic
                ? [.. Enumerable.Range(0, input.Rank).Where(axis => input[axis] == 1).Select(axis => (long)axis)]
                : throw c.Refuse($"it removes whatever axes happen to be 1 of the shape {input}");
        }

        var result = input.HasRank ? Without(input, [.. axes.Select(axis => c.Axis(axis, input.Rank))]) : input;
        c.Set(c.Graph.Add("Squeeze", [c.Input(0).Name, c.Graph.Int64s(axes)]), c.Input(0).Type, result);
    }

    private static void ExpandDims(NodeContext c)
    {
        var axis = c.Integer(1, "axis");
        var input = c.Input(0).Shape;
        var result = TensorShape.UnknownRank;
        if (input.HasRank)
        {
            var dimensions = input.Dimensions.ToArray().ToList();
            dimensions.Insert(c.Axis(axis, input.Rank + 1), 1);
            result = TensorShape.Of([.. dimensions]);
        }

        c.Set(0, new OnnxValue(
            c.Graph.Add("Unsqueeze", [c.Input(0).Name, c.Graph.Int64s(axis)]), c.Input(0).Type, result)
        {
            Elements = c.Input(0).Elements,
        });
    }

    private static void Transpose(NodeContext c)
    {
        var permutation = c.Integers(1, "permutation");
        var input = c.Input(0).Shape;
        if (!permutation.Order().SequenceEqual(Enumerable.Range(0, permutation.Length).Select(axis => (long)axis))
            || (input.HasRank && permutation.Length != input.Rank))
        {
            throw c.Refuse($"[{string.Join(',', permutation)}] is no permutation of the axes of {input}");
        }

        var result = input.HasRank ? TensorShape.Of([.. permutation.Select(axis => input[(int)axis])]) : input;
        c.Set(c.Graph.Add("Transpose", [c.Input(0).Name], Attributes.Ints("perm", permutation)), c.Input(0).Type,
            result);
    }

    private static TensorShape Without(TensorShape shape, int[] axes) => TensorShape
        .Of([.. Enumerable.Range(0, shape.Rank).Where(axis => !axes.Contains(axis)).Select(axis => shape[axis])]);
}
