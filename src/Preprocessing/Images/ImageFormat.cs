namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Recognises the formats that are read by their first bytes, so that no other decoder (camera raw, icons…) ever sees
/// what a caller sent.
/// </summary>
internal static class ImageFormat
{
    public const string Known = "PNG, JPEG, WebP, BMP, GIF";

    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    public static bool IsKnown(ReadOnlySpan<byte> encoded) =>
        encoded.StartsWith(Png)
        || encoded.StartsWith(Jpeg)
        || (encoded.StartsWith("RIFF"u8) && encoded.Length >= 12 && encoded[8..12].SequenceEqual("WEBP"u8))
        || encoded.StartsWith("BM"u8)
        || encoded.StartsWith("GIF87a"u8)
        || encoded.StartsWith("GIF89a"u8);
}
