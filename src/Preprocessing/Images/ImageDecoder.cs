using ScoringCluster.Core;
using SkiaSharp;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Decodes one image to the values that stand in the file: embedded colour profiles and gamma are not applied (the
/// target has no colour space, so nothing is converted), alpha is neither multiplied in nor blended, EXIF orientation
/// is not applied (as TensorFlow's decoders), 16-bit samples keep their upper 8 bits, of an animation the first frame
/// is taken.
/// </summary>
internal static class ImageDecoder
{
    /// <returns>The pixels, or null and why there are none.</returns>
    public static unsafe DecodedImage? Decode(ReadOnlySpan<byte> encoded, TensorBlockPool pool, out ScoringFault? fault)
    {
        fault = Refusal(encoded);
        if (fault is not null)
        {
            return null;
        }

        fixed (byte* start = encoded)
        {
            // The data is borrowed: both are disposed before the bytes may move.
            using var data = SKData.Create((nint)start, encoded.Length);
            using var codec = SKCodec.Create(data);
            if (codec is null)
            {
                fault = Unreadable("its header is truncated or corrupt");
                return null;
            }

            return Decode(codec, pool, out fault);
        }
    }

    private static DecodedImage? Decode(SKCodec codec, TensorBlockPool pool, out ScoringFault? fault)
    {
        var info = codec.Info;
        fault = SizeFault(info.Width, info.Height);
        if (fault is not null)
        {
            return null;
        }

        var grey = info.ColorType == SKColorType.Gray8;
        var target = grey
            ? new SKImageInfo(info.Width, info.Height, SKColorType.Gray8, SKAlphaType.Opaque, null)
            : new SKImageInfo(info.Width, info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        var image = new DecodedImage(
            pool.Rent(checked(target.RowBytes * target.Height)), target.Width, target.Height, target.BytesPerPixel);
        try
        {
            var result = codec.GetPixels(target, image.Pointer, image.RowBytes, SKCodecOptions.Default);
            fault = result switch
            {
                SKCodecResult.Success => null,
                SKCodecResult.IncompleteInput => Unreadable("it is truncated"),
                SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput => Unreadable("its data is corrupt"),
                _ => Unreadable($"the decoder answers {result}"),
            };
            return fault is null ? image : null;
        }
        finally
        {
            if (fault is not null)
            {
                image.Dispose();
            }
        }
    }

    private static ScoringFault? Refusal(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return Unreadable("it is empty");
        }

        if (encoded.Length > Limits.ImageBytesMax)
        {
            return Unreadable($"it has {encoded.Length} bytes; the limit is {Limits.ImageBytesMax}");
        }

        return ImageFormat.IsKnown(encoded)
            ? null
            : new ScoringFault(FaultKind.InputUnreadable, $"This is no image that can be read ({ImageFormat.Known}).");
    }

    private static ScoringFault? SizeFault(int width, int height) => (long)width * height > Limits.ImagePixelsMax
        ? Unreadable($"it declares {width}×{height} pixels; the limit is {Limits.ImagePixelsMax} pixels")
        : null;

    private static ScoringFault Unreadable(string why) =>
        new(FaultKind.InputUnreadable, $"The image cannot be read: {why}.");
}
