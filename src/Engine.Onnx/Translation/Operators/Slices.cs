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
        var input = c.Input(0).Shape;
        if (end.Length != begin.Length || strides.Length != begin.Length
            || strides.Any(stride => stride is 0 or long.MinValue) || (input.HasRank && begin.Length > input.Rank))
        {
            throw c.Refuse($"its bounds ({begin.Length} begins, {end.Length} ends, {strides.Length} strides) do not "
                + $"fit the shape {input}");
        }

        var parts = new Part[begin.Length];
        var shrunk = new List<long>();
        for (var axis = 0; axis < begin.Length; axis++)
        {
            var bit = 1L << axis;
            var size = input.HasRank ? input[axis] : TensorShape.Any;
            if ((Mask("shrink_axis_mask") & bit) != 0)
            {
                parts[axis] = size == TensorShape.Any || (begin[axis] >= -size && begin[axis] < size)
                    ? Part.Single(begin[axis])
                    : throw c.Refuse($"there is no entry {begin[axis]} along axis {axis} of the shape {input}");
                shrunk.Add(axis);
                continue;
            }

            long? from = (Mask("begin_mask") & bit) == 0 ? begin[axis] : null;
            long? to = (Mask("end_mask") & bit) == 0 ? end[axis] : null;
            parts[axis] = size == TensorShape.Any
                ? Part.OfAnySize(c, from, to, strides[axis])
                : Part.OfSize(size, from, to, strides[axis]);
        }

        Emit(c, parts, shrunk);
    }

    private static void Emit(NodeContext c, Part[] parts, List<long> shrunk)
    {
        string List(IEnumerable<long> values) => c.Graph.Int64s([.. values]);
        var name = c.Graph.Add(
            "Slice",
            [c.Input(0).Name, List(parts.Select(p => p.Start)), List(parts.Select(p => p.End)),
                List(parts.Select((_, axis) => (long)axis)), List(parts.Select(p => p.Stride))]);
        if (shrunk.Count > 0)
        {
            name = c.Graph.Add("Squeeze", [name, c.Graph.Int64s([.. shrunk])]);
        }

        c.Set(0, new OnnxValue(name, c.Input(0).Type, Shape(c.Input(0).Shape, parts, shrunk))
        {
            Elements = c.Input(0) is { Elements: { } elements, Shape: { HasRank: true, Rank: 1 } } && parts.Length == 1
                ? parts[0].Pick(elements)
                : null,
        });
    }

    private static TensorShape Shape(TensorShape input, Part[] parts, List<long> shrunk) => input.HasRank
        ? TensorShape.Of([.. Enumerable.Range(0, input.Rank).Where(axis => !shrunk.Contains(axis))
            .Select(axis => axis < parts.Length ? parts[axis].Count : input[axis])])
        : input;

    /// <summary>What is taken of one axis, as ONNX writes it.</summary>
    /// <param name="Count">Entries; −1 where they depend on the axis's size.</param>
    private readonly record struct Part(long Start, long End, long Stride, long Count)
    {
        /// <summary>One entry; −1 is the last, and there is nothing after it.</summary>
        public static Part Single(long at) => new(at, at == -1 ? long.MaxValue : at + 1, 1, 1);

        /// <summary>With NumPy's clamping done here: ONNX clamps a start before the axis to its first entry where the
        /// stride is negative.</summary>
        public static Part OfSize(long size, long? begin, long? end, long stride)
        {
            var (low, high) = stride > 0 ? (0L, size) : (-1, size - 1);
            long Clamp(long value) => Math.Clamp(value < 0 ? value + size : value, low, high);
            var first = begin is { } b ? Clamp(b) : stride > 0 ? low : high;
            var last = end is { } e ? Clamp(e) : stride > 0 ? high : low;
            var distance = stride > 0 ? last - first : first - last;
            return distance <= 0
                ? new Part(0, 0, 1, 0)
                : new Part(first, last == -1 ? long.MinValue : last, stride, ((distance - 1) / Math.Abs(stride)) + 1);
        }

        public static Part OfAnySize(NodeContext c, long? begin, long? end, long stride)
        {
            if (stride > 0)
            {
                return new Part(begin ?? 0, end ?? long.MaxValue, stride, TensorShape.Any);
            }

            if (begin < -1)
            {
                throw c.Refuse($"it goes backwards from {begin} over an axis of any size, which may be shorter");
            }

            // To ONNX Runtime the largest integers mean "no end" backwards too; NumPy takes them as they are.
            return new Part(
                begin ?? long.MaxValue, end is { } e ? Math.Min(e, int.MaxValue - 1) : long.MinValue, stride,
                TensorShape.Any);
        }

        /// <summary>The entries of a list; its axis has a known size.</summary>
        public long?[] Pick(IReadOnlyList<long?> elements)
        {
            var (start, stride) = (Start < 0 ? Start + elements.Count : Start, Stride);
            return [.. Enumerable.Range(0, (int)Count).Select(i => elements[(int)(start + (i * stride))])];
        }
    }
}
