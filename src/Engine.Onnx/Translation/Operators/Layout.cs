using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>
/// Channels last (TensorFlow) to channels first (ONNX) and back. Plain transposes are put around every such op; ONNX
/// Runtime's optimizer cancels those that meet.
/// </summary>
internal static class Layout
{
    public static bool IsChannelsLast(NodeContext c) => c.Attributes.Text("data_format") switch
    {
        "NHWC" => true,
        "NCHW" => false,
        var other => throw c.Refuse($"the data format {other} is not supported"),
    };

    public static string ToChannelsFirst(NodeContext c, OnnxValue value) => IsChannelsLast(c)
        ? c.Graph.Add("Transpose", [value.Name], Attributes.Ints("perm", 0, 3, 1, 2))
        : value.Name;

    /// <summary>Makes the channels-first result output 0 in the node's own layout.</summary>
    public static void SetFromChannelsFirst(
        NodeContext c, string name, ElementType type, long batch, long channels, long height, long width)
    {
        if (IsChannelsLast(c))
        {
            var back = c.Graph.Add("Transpose", [name], Attributes.Ints("perm", 0, 2, 3, 1));
            c.Set(back, type, TensorShape.Of(batch, height, width, channels));
        }
        else
        {
            c.Set(name, type, TensorShape.Of(batch, channels, height, width));
        }
    }

    /// <summary>Batch, channels, height and width of a picture; −1 where unknown.</summary>
    public static (long Batch, long Channels, long Height, long Width) Picture(NodeContext c, TensorShape shape)
    {
        if (!shape.HasRank)
        {
            return (TensorShape.Any, TensorShape.Any, TensorShape.Any, TensorShape.Any);
        }

        if (shape.Rank != 4)
        {
            throw c.Refuse($"its input has the shape {shape}; rank 4 is expected");
        }

        return IsChannelsLast(c) ? (shape[0], shape[3], shape[1], shape[2]) : (shape[0], shape[1], shape[2], shape[3]);
    }

    /// <summary>The two spatial entries of a four-element attribute (strides, dilations, window).</summary>
    public static (long Height, long Width) Spatial(NodeContext c, IReadOnlyList<long> four, string what)
    {
        if (four.Count != 4)
        {
            throw c.Refuse($"its {what} has {four.Count} entries; 4 are expected");
        }

        var (batch, channels, height, width) = IsChannelsLast(c) ? (four[0], four[3], four[1], four[2])
            : (four[0], four[1], four[2], four[3]);
        if (height < 1 || width < 1)
        {
            throw c.Refuse($"its {what} [{string.Join(',', four)}] is not positive");
        }

        return batch == 1 && channels == 1 ? (height, width) : throw c.Refuse($"its {what} covers batch or channels");
    }

    /// <summary>A constant with its axes permuted.</summary>
    public static ConstantTensor Permute(ConstantTensor constant, params ReadOnlySpan<int> permutation)
    {
        var shape = constant.Shape.Dimensions;
        var strides = new long[shape.Length];
        for (long axis = shape.Length - 1, stride = 1; axis >= 0; stride *= shape[(int)axis--])
        {
            strides[axis] = stride;
        }

        var dimensions = new long[shape.Length];
        for (var axis = 0; axis < dimensions.Length; axis++)
        {
            dimensions[axis] = shape[permutation[axis]];
        }

        var size = constant.Type.Size();
        var source = constant.Bytes.Span;
        var target = new byte[source.Length];
        var index = new long[dimensions.Length];
        for (var at = 0; at < target.Length; at += size)
        {
            long from = 0;
            for (var axis = 0; axis < index.Length; axis++)
            {
                from += index[axis] * strides[permutation[axis]];
            }

            source.Slice((int)from * size, size).CopyTo(target.AsSpan(at));
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return new ConstantTensor(constant.Type, TensorShape.Of(dimensions), target);
    }
}
