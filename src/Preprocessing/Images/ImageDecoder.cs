using ScoringCluster.Core;
using SkiaSharp;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Encoded pictures to pixels, as they are stored: no colour management, no rotation by EXIF, transparency dropped.
/// 16-bit channels keep their upper byte. Grey from colour uses ITU-R BT.601: 0.299 red, 0.587 green, 0.114 blue, in
/// float32. Colour from grey repeats the value.
/// </summary>
internal static class ImageDecoder
{
    private const float RedWeight = 0.299f;
    private const float GreenWeight = 0.587f;
    private const float BlueWeight = 0.114f;

    public static ScoringFault? Decode(ReadOnlySpan<byte> encoded, int channels, out DecodedImage image)
    {
        image = default;
        if (encoded.IsEmpty)
        {
            return Unreadable("The image is empty.");
        }

        if (encoded.Length > Limits.ImageBytesMax)
        {
            return Unreadable($"The image has {encoded.Length} bytes; the limit is {Limits.ImageBytesMax}.");
        }

        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            return Unreadable("The file is not an image that can be read (PNG, JPEG, WebP, BMP), or its header is damaged.");
        }

        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width <= 0 || height <= 0 || (long)width * height > Limits.ImagePixelsMax)
        {
            return Unreadable($"The image declares {width}×{height} pixels; the limit is {Limits.ImagePixelsMax} pixels.");
        }

        // No colour space on the target: values stay as they are stored. Unpremultiplied: transparency changes no colour.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            return Unreadable($"There is no memory for {width}×{height} pixels.");
        }

        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            return Unreadable(result == SKCodecResult.IncompleteInput
                ? "The image is cut off: its pixels end early."
                : $"The image is damaged: its pixels cannot be decoded ({result}).");
        }

        image = new DecodedImage(Convert(bitmap.GetPixelSpan(), bitmap.RowBytes, width, height, channels), width, height, channels);
        return null;
    }

    private static float[] Convert(ReadOnlySpan<byte> rgba, int rowBytes, int width, int height, int channels)
    {
        var pixels = new float[checked(width * height * channels)];
        var at = 0;
        for (var y = 0; y < height; y++)
        {
            var row = rgba.Slice(y * rowBytes, width * 4);
            for (var x = 0; x < row.Length; x += 4)
            {
                var (red, green, blue) = (row[x], row[x + 1], row[x + 2]);
                if (channels == 3)
                {
                    (pixels[at], pixels[at + 1], pixels[at + 2]) = (red, green, blue);
                    at += 3;
                }
                else
                {
                    // A grey picture keeps its exact value: the weights add up to one only nearly.
                    pixels[at++] = red == green && green == blue
                        ? red
                        : (RedWeight * red) + (GreenWeight * green) + (BlueWeight * blue);
                }
            }
        }

        return pixels;
    }

    private static ScoringFault Unreadable(string message) => new(FaultKind.InputUnreadable, message);
}
