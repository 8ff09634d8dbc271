using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Several tensors as one.</summary>
internal static class Joins
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Pack"] = Pack,
            ["ConcatV2"] = Concat,
            ["Pad"] = c => Pad(c, null),
            ["PadV2"] = c => Pad(c, c.Input(2).Name),
        };

    private static void Pack(NodeContext c)
    {
        var axis = c.Attributes.Int("axis");
        var axes = c.Graph.Int64s(axis);
        var packed = c.Graph.Add(
            "Concat", [.. c.Inputs.Select(i => c.Graph.Add("Unsqueeze", [i.Name, axes]))],
                Attributes.Int("axis", axis));
        var first = c.Input(0).Shape;
        var scalars = c.Inputs.All(i => i.Shape.HasRank && i.Shape.Rank == 0);
        var result = TensorShape.UnknownRank;
        if (first.HasRank)
        {
            var dimensions = first.Dimensions.ToArray().ToList();
            dimensions.Insert(c.Axis(axis, first.Rank + 1), c.Inputs.Count);
            result = TensorShape.Of([.. dimensions]);
        }

        c.Set(0, new OnnxValue(packed, c.Input(0).Type, result)
        {
            Elements = scalars ? [.. c.Inputs.Select(i => i.Elements is { Count: 1 } one ? one[0] : null)] : null,
        });
    }

    private static void Concat(NodeContext c)
    {
        var axis = c.Integer(c.Inputs.Count - 1, "axis");
        var parts = c.Inputs.Take(c.Inputs.Count - 1).ToList();
        var joined = c.Graph.Add("Concat", parts.Select(p => p.Name), Attributes.Int("axis", axis));
        c.Set(0, new OnnxValue(joined, parts[0].Type, Shape(c, parts, axis))
        {
            Elements = parts.All(p => p.Elements is not null && p.Shape.HasRank && p.Shape.Rank == 1)
                ? [.. parts.SelectMany(p => p.Elements!)]
                : null,
        });
    }

    private static TensorShape Shape(NodeContext c, List<OnnxValue> parts, long axis)
    {
        var first = parts[0].Shape;
        if (parts.Exists(p => !p.Shape.HasRank || p.Shape.Rank != first.Rank))
        {
            return TensorShape.UnknownRank;
        }

        var dimensions = first.Dimensions.ToArray();
        var at = c.Axis(axis, first.Rank);
        dimensions[at] = parts.Exists(p => p.Shape[at] == TensorShape.Any) ? TensorShape.Any
            : parts.Sum(p => p.Shape[at]);
        return TensorShape.Of(dimensions);
    }

    private static void Pad(NodeContext c, string? value)
    {
        // [[before, after], …] to [before…, after…].
        var pairs = c.Integers(1, "padding");
        var rank = pairs.Length / 2;
        long[] pads = [.. Enumerable.Range(0, rank).Select(i => pairs[2 * i]),
            .. Enumerable.Range(0, rank).Select(i => pairs[(2 * i) + 1])];
        var input = c.Input(0).Shape;
        if (pairs.Any(cells => cells < 0) || (input.HasRank && pairs.Length != 2 * input.Rank))
        {
            throw c.Refuse($"its padding [{string.Join(',', pairs)}] does not fit the shape {input}");
        }

        var result = input.HasRank
            ? TensorShape
                .Of([.. Enumerable.Range(0, rank)
                .Select(i => input[i] == TensorShape.Any ? TensorShape.Any : input[i] + pads[i] + pads[rank + i])])
            : input;
        string[] inputs = value is null ? [c.Input(0).Name, c.Graph.Int64s(pads)]
            : [c.Input(0).Name, c.Graph.Int64s(pads), value];
        c.Set(c.Graph.Add("Pad", inputs), c.Input(0).Type, result);
    }
}
