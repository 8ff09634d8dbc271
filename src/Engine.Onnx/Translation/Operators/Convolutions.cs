using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Convolutions over pictures. Kernels are constants, reordered once while translating.</summary>
internal static class Convolutions
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["Conv2D"] = Convolve,
            ["DepthwiseConv2dNative"] = ConvolveDepthwise,
        };

    private static void Convolve(NodeContext c)
    {
        var kernel = Kernel(c);
        var (_, channels, _, _) = Layout.Picture(c, c.Input(0).Shape);
        var perGroup = kernel.Shape[2];
        if (perGroup == 0 || (channels != TensorShape.Any && channels % perGroup != 0))
        {
            throw c.Refuse($"its kernel {kernel.Shape} does not fit the input {c.Input(0).Shape}");
        }

        var groups = channels == TensorShape.Any ? 1 : channels / perGroup;

        // [height, width, in, out] to [out, in, height, width].
        Emit(c, Layout.Permute(kernel, 3, 2, 0, 1), (kernel.Shape[0], kernel.Shape[1]), groups);
    }

    private static void ConvolveDepthwise(NodeContext c)
    {
        var kernel = Kernel(c);
        var (channels, multiplier) = (kernel.Shape[2], kernel.Shape[3]);

        // [height, width, channels, multiplier] to [channels·multiplier, 1, height, width].
        var permuted = Layout.Permute(kernel, 2, 3, 0, 1);
        var shape = TensorShape.Of(channels * multiplier, 1, kernel.Shape[0], kernel.Shape[1]);
        Emit(c, new ConstantTensor(kernel.Type, shape, permuted.Bytes), (kernel.Shape[0], kernel.Shape[1]), channels);
    }

    private static ConstantTensor Kernel(NodeContext c) => c.Constant(1, "kernel") is { Shape.Rank: 4 } kernel
        ? kernel
        : throw c.Refuse($"its kernel has the shape {c.Input(1).Shape}; rank 4 is expected");

    private static void Emit(NodeContext c, ConstantTensor kernel, (long Height, long Width) size, long groups)
    {
        var type = c.RequireFloat();
        var (batch, _, height, width) = Layout.Picture(c, c.Input(0).Shape);
        var strides = Layout.Spatial(c, c.Attributes.List<long>("strides"), "strides");
        var dilations = Layout.Spatial(c, c.Attributes.List<long>("dilations"), "dilations");
        var place = Windows.Place(c, (height, width), size, strides, dilations);
        var convolved = c.Graph.Add(
            "Conv",
            [Layout.ToChannelsFirst(c, c.Input(0)), c.Graph.Constant(kernel)],
            place.Padding,
            Attributes.Ints("kernel_shape", size.Height, size.Width),
            Attributes.Ints("strides", strides.Height, strides.Width),
            Attributes.Ints("dilations", dilations.Height, dilations.Width),
            Attributes.Int("group", groups));
        Layout.SetFromChannelsFirst(c, convolved, type, batch, kernel.Shape[0], place.Height, place.Width);
    }
}
