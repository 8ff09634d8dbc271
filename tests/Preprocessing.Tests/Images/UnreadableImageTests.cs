using ScoringCluster.Core;
using SkiaSharp;

namespace ScoringCluster.Preprocessing.Tests.Images;

/// <summary>What cannot be read is a fault of that image, never an exception or half a picture.</summary>
public sealed class UnreadableImageTests
{
    [Fact]
    public void Read_NoBytes_SaysEmpty() =>
        Assert.Contains("it is empty", ImageModel.Fault([]), StringComparison.Ordinal);

    [Theory]
    [InlineData("hello, this is text")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    [InlineData("B")]
    [InlineData("RIFF")]
    [InlineData("RIFF1234WAVEfmt ")]
    public void Read_NoImage_NamesTheFormats(string text) => Assert.Contains(
        "no image that can be read (PNG, JPEG, WebP, BMP, GIF)", ImageModel.Fault([.. text.Select(c => (byte)c)]),
        StringComparison.Ordinal);

    [Fact]
    public void Read_IconFile_IsNoImageThatIsRead()
    {
        byte[] icon = [0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 32, 0, 48, 0, 0, 0, 22, 0, 0, 0];
        Assert.Contains("no image that can be read", ImageModel.Fault(icon), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreBytesThanTheLimit_NamesBoth()
    {
        const int limit = Limits.ImageBytesMax;
        var message = ImageModel.Fault(new byte[limit + 1]);
        Assert.Contains($"{limit + 1} bytes; the limit is {limit}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(8_193, 8_192)]
    [InlineData(1_000_000, 1_000)]
    public void Read_DecompressionBomb_IsRefusedByItsHeader(int width, int height)
    {
        var file = new PngFile(width, height, 8, PngColor.Grey).Encode([0]);
        Assert.Contains(
            $"declares {width}×{height} pixels; the limit is {Limits.ImagePixelsMax}", ImageModel.Fault(file),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Read_TruncatedAnywhere_IsUnreadable(SKEncodedImageFormat format)
    {
        var file = Noise(format);
        foreach (var length in new[] { 3, 12, 20, 30, 40, file.Length / 4, file.Length / 2, file.Length * 9 / 10 })
        {
            Assert.NotEmpty(ImageModel.Fault(file[..length]));
        }

        Assert.Contains("truncated", ImageModel.Fault(file[..(file.Length / 2)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TruncatedBmp_IsUnreadable()
    {
        byte[] header =
        [
            (byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
            40, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 1, 0, 24, 0,
            0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            3, 2, 1, 0,
        ];
        Assert.Contains("truncated", ImageModel.Fault(header), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PngWithDamagedPixels_SaysCorrupt()
    {
        var file = Noise(SKEncodedImageFormat.Png);
        file[file.Length / 2] ^= 0x55;
        Assert.Contains("corrupt", ImageModel.Fault(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PngWithFewerRowsThanDeclared_IsUnreadable()
    {
        var file = new PngFile(4, 4, 8, PngColor.Grey).Encode([1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.NotEmpty(ImageModel.Fault(file));
    }

    [Fact]
    public void Read_PngWithoutWidth_IsUnreadable() =>
        Assert.NotEmpty(ImageModel.Fault(new PngFile(0, 4, 8, PngColor.Grey).Encode([1])));

    [Fact]
    public void Read_DamagedAnywhere_NeverThrows()
    {
        var random = new Random(7);
        var preprocessor = ImageModel.Preprocessor(ImageModel.Manifest(8, 8, 3));
        var row = new byte[preprocessor.RowBytes];
        foreach (var format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            var file = Noise(format);
            for (var round = 0; round < 200; round++)
            {
                var damaged = (byte[])file.Clone();
                damaged[random.Next(damaged.Length)] ^= (byte)(1 + random.Next(255));
                var fault = preprocessor.Read(damaged, row);
                Assert.True(fault is null or { Kind: FaultKind.InputUnreadable }, fault?.ToString());
            }
        }
    }

    private static byte[] Noise(SKEncodedImageFormat format)
    {
        var random = new Random(3);
        using var pixels = new SKBitmap(new SKImageInfo(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var i = 0; i < 64 * 64; i++)
        {
            pixels.SetPixel(i % 64, i / 64, new SKColor((uint)random.Next()).WithAlpha(255));
        }

        using var data = pixels.Encode(format, 90);
        return data.ToArray();
    }
}
