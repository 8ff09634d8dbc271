using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Pictures of another size, number for number as <c>tf.image.resize(antialias=False)</c> computes them in float32.
/// </summary>
internal static class ImageResizer
{
    public static float[] Resize(DecodedImage image, int width, int height, ResizeMethod method) =>
        (image.Width, image.Height) == (width, height)
            ? image.Pixels
            : method switch
            {
                ResizeMethod.Bilinear => Bilinear(image, width, height),
                ResizeMethod.Nearest => Nearest(image, width, height),
                ResizeMethod.Area => Area(image, width, height),
            };

    private static float[] Bilinear(DecodedImage image, int width, int height)
    {
        var (columns, rows) = (Taps(image.Width, width), Taps(image.Height, height));
        var channels = image.Channels;
        var stride = image.Width * channels;
        var source = image.Pixels;
        var target = new float[width * height * channels];
        var at = 0;
        foreach (var (top, bottom, vertical) in rows)
        {
            foreach (var (left, right, horizontal) in columns)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    var a = source[(top * stride) + (left * channels) + channel];
                    var b = source[(top * stride) + (right * channels) + channel];
                    var c = source[(bottom * stride) + (left * channels) + channel];
                    var d = source[(bottom * stride) + (right * channels) + channel];
                    var upper = a + ((b - a) * horizontal);
                    var lower = c + ((d - c) * horizontal);
                    target[at++] = upper + ((lower - upper) * vertical);
                }
            }
        }

        return target;
    }

    /// <summary>The two source positions and the weight of the second, with half-pixel centres.</summary>
    private static (int Lower, int Upper, float Weight)[] Taps(int from, int to)
    {
        var taps = new (int, int, float)[to];
        var scale = from / (float)to;
        for (var i = 0; i < to; i++)
        {
            var source = ((i + 0.5f) * scale) - 0.5f;
            var floor = MathF.Floor(source);
            taps[i] = (Math.Max((int)floor, 0), Math.Min((int)MathF.Ceiling(source), from - 1), source - floor);
        }

        return taps;
    }

    private static float[] Nearest(DecodedImage image, int width, int height)
    {
        var channels = image.Channels;
        var target = new float[width * height * channels];
        var (scaleX, scaleY) = (image.Width / (float)width, image.Height / (float)height);
        for (var y = 0; y < height; y++)
        {
            var row = Math.Min((int)MathF.Floor((y + 0.5f) * scaleY), image.Height - 1);
            for (var x = 0; x < width; x++)
            {
                var column = Math.Min((int)MathF.Floor((x + 0.5f) * scaleX), image.Width - 1);
                image.Pixels.AsSpan(((row * image.Width) + column) * channels, channels)
                    .CopyTo(target.AsSpan(((y * width) + x) * channels));
            }
        }

        return target;
    }

    private static float[] Area(DecodedImage image, int width, int height)
    {
        var (columns, rows) = (Covers(image.Width, width), Covers(image.Height, height));
        var channels = image.Channels;
        var target = new float[width * height * channels];
        var scale = 1 / (image.Width / (float)width * (image.Height / (float)height));
        var at = 0;
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                for (var channel = 0; channel < channels; channel++, at++)
                {
                    foreach (var (y, weightY) in row)
                    {
                        var sum = 0f;
                        foreach (var (x, weightX) in column)
                        {
                            sum += image.Pixels[(((y * image.Width) + x) * channels) + channel] * weightX;
                        }

                        target[at] += sum * weightY;
                    }

                    target[at] *= scale;
                }
            }
        }

        return target;
    }

    /// <summary>Which source positions a target position covers, and how much of each.</summary>
    private static (int Position, float Weight)[][] Covers(int from, int to)
    {
        var scale = from / (float)to;
        var covers = new (int, float)[to][];
        for (var i = 0; i < to; i++)
        {
            var (start, end) = (i * scale, (i + 1) * scale);
            var covered = new List<(int, float)>();
            for (var position = (int)MathF.Floor(start); position < end; position++)
            {
                var weight = MathF.Min(position + 1, end) - MathF.Max(position, start);
                covered.Add((Math.Min(position, from - 1), weight));
            }

            covers[i] = [.. covered];
        }

        return covers;
    }
}
