using ScoringCluster.Core;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Parts of a tensor, in the manner of NumPy's slices.</summary>
internal static class Slices
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["StridedSlice"] = StridedSlice,
        };

    private static void StridedSlice(NodeContext c)
    {
        long Mask(string name) => c.Attributes.Int(name);
        if (Mask("ellipsis_mask") != 0 || Mask("new_axis_mask") != 0)
        {
            throw c.Refuse("slices with an ellipsis or a new axis are not supported");
        }

        var (begin, end, strides) = (c.Integers(1, "begin"), c.Integers(2, "end"), c.Integers(3, "strides"));
        var (starts, ends, shrunk) = (new long[begin.Length], new long[begin.Length], new List<long>());
        for (var axis = 0; axis < begin.Length; axis++)
        {
            var bit = 1L << axis;
            if ((Mask("shrink_axis_mask") & bit) != 0)
            {
                // One entry, whose axis goes; −1 is the last, and there is nothing after it.
                (starts[axis], ends[axis], strides[axis]) =
                    (begin[axis], begin[axis] == -1 ? long.MaxValue : begin[axis] + 1, 1);
                shrunk.Add(axis);
                continue;
            }

            var forward = strides[axis] > 0;
            starts[axis] = (Mask("begin_mask") & bit) == 0 ? begin[axis] : forward ? 0 : long.MaxValue;
            ends[axis] = (Mask("end_mask") & bit) == 0 ? end[axis] : forward ? long.MaxValue : long.MinValue;
        }

        long[] axes = [.. Enumerable.Range(0, begin.Length).Select(i => (long)i)];
        var name = c.Graph.Add(
            "Slice", [c.Input(0).Name, c.Graph.Int64s(starts), c.Graph.Int64s(ends), c.Graph.Int64s(axes),
                c.Graph.Int64s(strides)]);
        if (shrunk.Count > 0)
        {
            name = c.Graph.Add("Squeeze", [name, c.Graph.Int64s([.. shrunk])]);
        }

        c.Set(0, new OnnxValue(name, c.Input(0).Type, Shape(c.Input(0).Shape, starts, ends, strides, shrunk))
        {
            Elements = c.Input(0) is { Elements: { } elements, Shape: { HasRank: true, Rank: 1 } }
                ? Pick(elements, starts[0], ends[0], strides[0])
                : null,
        });
    }

    private static TensorShape Shape(TensorShape input, long[] starts, long[] ends, long[] strides, List<long> shrunk)
    {
        if (!input.HasRank)
        {
            return input;
        }

        var dimensions = new List<long>();
        for (var axis = 0; axis < input.Rank; axis++)
        {
            if (axis >= starts.Length)
            {
                dimensions.Add(input[axis]);
            }
            else if (!shrunk.Contains(axis))
            {
                dimensions.Add(input[axis] == TensorShape.Any
                    ? TensorShape.Any
                    : Positions(input[axis], starts[axis], ends[axis], strides[axis]).LongCount());
            }
        }

        return TensorShape.Of([.. dimensions]);
    }

    private static long?[] Pick(IReadOnlyList<long?> elements, long start, long end, long stride) =>
        [.. Positions(elements.Count, start, end, stride).Select(i => elements[(int)i])];

    /// <summary>The positions that a slice takes of an axis, with NumPy's clamping.</summary>
    private static IEnumerable<long> Positions(long size, long start, long end, long stride)
    {
        long Clamp(long value, long low, long high) =>
            Math.Clamp(value < 0 && value != long.MinValue ? value + size : value, low, high);
        if (stride > 0)
        {
            for (long i = Clamp(start, 0, size), last = Clamp(end, 0, size); i < last; i += stride)
            {
                yield return i;
            }
        }
        else
        {
            for (long i = Clamp(start, -1, size - 1), last = Clamp(end, -1, size - 1); i > last; i += stride)
            {
                yield return i;
            }
        }
    }
}
