using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// From resized pixels (0 to 255) to tensor elements. FP32: (value · scale − mean) / std, computed in double and
/// rounded once, so that a scale of 1/255 gives the same as dividing by 255 in float32. UINT8: rounded to the nearest,
/// halves to even, and clamped; an image that already has the model's size keeps its bytes.
/// </summary>
internal sealed class PixelFinish
{
    private readonly int _channels;
    private readonly bool _bytes;
    private readonly double _scale;
    private readonly double[]? _mean;
    private readonly double[]? _std;

    public PixelFinish(ManifestInput input, ElementType type)
    {
        _channels = input.Channels;
        _bytes = type == ElementType.UInt8;
        _scale = input.Scale;
        _mean = input.Mean.IsDefault ? null : [.. input.Mean];
        _std = input.Std.IsDefault ? null : [.. input.Std];
    }

    /// <summary>Writes row <paramref name="y"/> of the image.</summary>
    public void Write(ReadOnlySpan<float> pixels, Span<byte> image, int y)
    {
        if (_bytes)
        {
            WriteBytes(pixels, image.Slice(y * pixels.Length, pixels.Length));
            return;
        }

        var target = MemoryMarshal.Cast<byte, float>(image).Slice(y * pixels.Length, pixels.Length);
        if (_mean is not null || _std is not null)
        {
            WriteNormalized(pixels, target);
            return;
        }

        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (float)(pixels[i] * _scale);
        }
    }

    private static void WriteBytes(ReadOnlySpan<float> pixels, Span<byte> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (byte)Math.Clamp(MathF.Round(pixels[i], MidpointRounding.ToEven), 0f, 255f);
        }
    }

    private void WriteNormalized(ReadOnlySpan<float> pixels, Span<float> target)
    {
        for (var channel = 0; channel < _channels; channel++)
        {
            var mean = _mean?[channel] ?? 0;
            var std = _std?[channel] ?? 1;
            for (var i = channel; i < target.Length; i += _channels)
            {
                target[i] = (float)(((pixels[i] * _scale) - mean) / std);
            }
        }
    }
}
