namespace ScoringCluster.Engine.Onnx.Translation.Operators;

/// <summary>Pooling over pictures.</summary>
internal static class Pooling
{
    public static IReadOnlyDictionary<string, Action<NodeContext>> Table { get; } =
        new Dictionary<string, Action<NodeContext>>
        {
            ["MaxPool"] = c => Pool(c, "MaxPool"),

            // Cells of the padding are not counted, which is ONNX's default.
            ["AvgPool"] = c => Pool(c, "AveragePool"),
        };

    private static void Pool(NodeContext c, string op)
    {
        var type = c.RequireFloat();
        var (batch, channels, height, width) = Layout.Picture(c, c.Input(0).Shape);
        var window = Layout.Spatial(c, c.Attributes.List<long>("ksize"), "window");
        var strides = Layout.Spatial(c, c.Attributes.List<long>("strides"), "strides");
        var place = Windows.Place(c, (height, width), window, strides, (1, 1));
        if (place.Padding.Name == "auto_pad" && (strides.Height > window.Height || strides.Width > window.Width))
        {
            // The size of the padding would come out negative, which ONNX Runtime's pools do not take.
            throw c.Refuse("a window smaller than its stride over pictures of any size with padding SAME is not "
                + "supported");
        }

        var pooled = c.Graph.Add(
            op,
            [Layout.ToChannelsFirst(c, c.Input(0))],
            place.Padding,
            Attributes.Ints("kernel_shape", window.Height, window.Width),
            Attributes.Ints("strides", strides.Height, strides.Width));
        Layout.SetFromChannelsFirst(c, pooled, type, batch, channels, place.Height, place.Width);
    }
}
