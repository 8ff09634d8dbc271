using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Proto;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Sliding windows of convolutions and pools: padding and sizes as TensorFlow computes them.</summary>
internal static class Windows
{
    /// <summary>The attributes that place a window, and the output's height and width (−1 where unknown).</summary>
    public static (AttributeProto Padding, long Height, long Width) Place(
        NodeContext c, (long Height, long Width) input, (long Height, long Width) kernel,
        (long Height, long Width) strides, (long Height, long Width) dilations)
    {
        var padding = c.Attributes.Text("padding");
        switch (padding)
        {
            case "VALID":
                return (Attributes.Ints("pads", 0, 0, 0, 0),
                    Size(input.Height, kernel.Height, strides.Height, dilations.Height, 0),
                    Size(input.Width, kernel.Width, strides.Width, dilations.Width, 0));
            case "SAME":
                return Same(c, input, kernel, strides, dilations);
            case "EXPLICIT":
                var (top, bottom, left, right) = Explicit(c);
                return (Attributes.Ints("pads", top, left, bottom, right),
                    Size(input.Height, kernel.Height, strides.Height, dilations.Height, top + bottom),
                    Size(input.Width, kernel.Width, strides.Width, dilations.Width, left + right));
            default:
                throw c.Refuse($"the padding {padding} is not supported");
        }
    }

    private static (long Top, long Bottom, long Left, long Right) Explicit(NodeContext c)
    {
        // Before and after each axis.
        var pads = c.Attributes.List<long>("explicit_paddings");
        var spatial = Layout.IsChannelsLast(c) ? 2 : 4;
        return pads.Count == 8 && pads.All(cells => cells >= 0)
            && pads.Where((_, at) => at < spatial || at >= spatial + 4).All(cells => cells == 0)
            ? (pads[spatial], pads[spatial + 1], pads[spatial + 2], pads[spatial + 3])
            : throw c.Refuse($"its explicit_paddings [{string.Join(',', pads)}] do not pad height and width alone");
    }

    private static (AttributeProto Padding, long Height, long Width) Same(
        NodeContext c, (long Height, long Width) input, (long Height, long Width) kernel,
        (long Height, long Width) strides, (long Height, long Width) dilations)
    {
        var vertical = Split(input.Height, kernel.Height, strides.Height, dilations.Height);
        var horizontal = Split(input.Width, kernel.Width, strides.Width, dilations.Width);
        var (height, width) = (Divide(input.Height, strides.Height), Divide(input.Width, strides.Width));
        if (vertical is { } v && horizontal is { } h)
        {
            return (Attributes.Ints("pads", v.Begin, h.Begin, v.End, h.End), height, width);
        }

        // ONNX Runtime computes the same padding itself, but not for dilated windows.
        return dilations == (1, 1)
            ? (Attributes.Text("auto_pad", "SAME_UPPER"), height, width)
            : throw c.Refuse("a dilated, strided window over pictures of any size with padding SAME is not supported");
    }

    /// <summary>What SAME adds before and after; null where it depends on a size that varies.</summary>
    private static (long Begin, long End)? Split(long input, long kernel, long stride, long dilation)
    {
        // A window of one cell never reaches beyond the picture.
        var span = ((kernel - 1) * dilation) + 1;
        if (input == TensorShape.Any && stride != 1 && span != 1)
        {
            return null;
        }

        var total = input == TensorShape.Any ? span - 1
            : Math.Max(((Divide(input, stride) - 1) * stride) + span - input, 0);
        return (total / 2, total - (total / 2));
    }

    private static long Divide(long input, long stride) =>
        input == TensorShape.Any ? input : (input + stride - 1) / stride;

    private static long Size(long input, long kernel, long stride, long dilation, long padding) =>
        input == TensorShape.Any ? input : ((input + padding - ((kernel - 1) * dilation) - 1) / stride) + 1;
}
