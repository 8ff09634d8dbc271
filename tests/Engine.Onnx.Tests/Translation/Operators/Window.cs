using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

/// <summary>The attributes that place a window on a picture, and what they mean.</summary>
internal sealed record Window(
    (int Height, int Width) Strides, (int Height, int Width) Dilations, string Padding, string Format)
{
    // Of EXPLICIT: before and after the height, before and after the width.
    private static readonly int[] _explicit = [1, 0, 2, 1];

    public Picture.Axis Height(int input, int window) => Picture.Axis.Of(
        input, window, Strides.Height, Dilations.Height, Padding, _explicit[0], _explicit[1]);

    public Picture.Axis Width(int input, int window) => Picture.Axis.Of(
        input, window, Strides.Width, Dilations.Width, Padding, _explicit[2], _explicit[3]);

    /// <summary>The attributes; those that equal TensorFlow's default are left out, as its exporter does.</summary>
    public (string Name, AttrValue Value)[] Attributes((int Height, int Width)? pool = null)
    {
        List<(string, AttrValue)> attributes = [("strides", Four(Strides)), ("padding", Attr.Text(Padding))];
        if (pool is { } size)
        {
            attributes.Add(("ksize", Four(size)));
        }

        if (Dilations != (1, 1))
        {
            attributes.Add(("dilations", Four(Dilations)));
        }

        if (Padding == "EXPLICIT")
        {
            var sides = _explicit.Select(cells => (long)cells).ToArray();
            attributes.Add(("explicit_paddings",
                Format == "NHWC" ? Attr.Ints([0, 0, .. sides, 0, 0]) : Attr.Ints([0, 0, 0, 0, .. sides])));
        }

        if (Format != "NHWC")
        {
            attributes.Add(("data_format", Attr.Text(Format)));
        }

        return [.. attributes];
    }

    private AttrValue Four((int Height, int Width) pair) => Format == "NHWC"
        ? Attr.Ints(1, pair.Height, pair.Width, 1)
        : Attr.Ints(1, 1, pair.Height, pair.Width);
}
