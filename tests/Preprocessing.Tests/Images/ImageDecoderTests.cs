using SkiaSharp;

namespace ScoringCluster.Preprocessing.Tests.Images;

/// <summary>Every format gives the values that stand in the file, at the size of the file.</summary>
public sealed class ImageDecoderTests
{
    [Fact]
    public void Read_GreyPng_GivesItsValues()
    {
        var file = new PngFile(3, 2, 8, PngColor.Grey).Encode([0, 1, 127, 128, 254, 255]);
        Assert.Equal([0, 1, 127, 128, 254, 255], ImageModel.Read(file, 2, 3, 1));
    }

    [Fact]
    public void Read_GreyPngForThreeChannels_RepeatsTheValue()
    {
        var file = new PngFile(2, 1, 8, PngColor.Grey).Encode([7, 200]);
        Assert.Equal([7, 7, 7, 200, 200, 200], ImageModel.Read(file, 1, 2, 3));
    }

    [Fact]
    public void Read_RgbPng_KeepsTheOrderOfChannels()
    {
        var file = new PngFile(2, 1, 8, PngColor.Rgb).Encode([1, 2, 3, 250, 128, 0]);
        Assert.Equal([1, 2, 3, 250, 128, 0], ImageModel.Read(file, 1, 2, 3));
    }

    [Fact]
    public void Read_ColourForOneChannel_WeighsAsItuR601()
    {
        var file = new PngFile(4, 1, 8, PngColor.Rgb).Encode([255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77]);
        float[] expected = [0.299f * 255, 0.587f * 255, 0.114f * 255, 77];
        Assert.Equal(expected, ImageModel.Read(file, 1, 4, 1));
    }

    [Fact]
    public void Read_RgbaPng_DropsAlphaWithoutMultiplyingItIn()
    {
        var file = new PngFile(3, 1, 8, PngColor.Rgba).Encode([10, 20, 30, 0, 10, 20, 30, 128, 10, 20, 30, 255]);
        Assert.Equal([10, 20, 30, 10, 20, 30, 10, 20, 30], ImageModel.Read(file, 1, 3, 3));
    }

    [Fact]
    public void Read_GreyAlphaPng_DropsAlphaWithoutMultiplyingItIn()
    {
        var file = new PngFile(3, 1, 8, PngColor.GreyAlpha).Encode([10, 0, 100, 128, 200, 255]);
        Assert.Equal([10, 100, 200], ImageModel.Read(file, 1, 3, 1));
    }

    [Fact]
    public void Read_TransparentColourPng_KeepsThatColour()
    {
        // tRNS names the one grey value that is to be seen through.
        var file = new PngFile(2, 1, 8, PngColor.Grey).With("tRNS", 0, 50).Encode([50, 51]);
        Assert.Equal([50, 51], ImageModel.Read(file, 1, 2, 1));
    }

    [Theory]
    [InlineData(1, new byte[] { 0b01000000 }, new float[] { 0, 255, 0 })]
    [InlineData(2, new byte[] { 0b00011011 }, new float[] { 0, 85, 170 })]
    [InlineData(4, new byte[] { 0x0F, 0x70 }, new float[] { 0, 255, 119 })]
    public void Read_GreyPngOfFewBits_SpreadsItOver255(byte bits, byte[] samples, float[] expected) =>
        Assert.Equal(expected, ImageModel.Read(new PngFile(3, 1, bits, PngColor.Grey).Encode(samples), 1, 3, 1));

    [Fact]
    public void Read_Grey16BitPng_KeepsTheUpper8Bits()
    {
        var file = new PngFile(4, 1, 16, PngColor.Grey).Encode([0x00, 0xFF, 0x12, 0x80, 0x7F, 0xFF, 0xFF, 0xFF]);
        Assert.Equal([0x00, 0x12, 0x7F, 0xFF], ImageModel.Read(file, 1, 4, 1));
    }

    [Fact]
    public void Read_Rgb16BitPng_KeepsTheUpper8Bits()
    {
        var file = new PngFile(2, 1, 16, PngColor.Rgb)
            .Encode([0x00, 0xFF, 0x12, 0x80, 0x7F, 0xFF, 0xFF, 0x00, 0x80, 0x7F, 0x01, 0xFE]);
        Assert.Equal([0x00, 0x12, 0x7F, 0xFF, 0x80, 0x01], ImageModel.Read(file, 1, 2, 3));
    }

    [Fact]
    public void Read_Rgba16BitPng_KeepsTheUpper8BitsAndDropsAlpha()
    {
        var file = new PngFile(1, 1, 16, PngColor.Rgba).Encode([0x40, 0xFF, 0x12, 0x80, 0x7F, 0xFF, 0x10, 0x00]);
        Assert.Equal([0x40, 0x12, 0x7F], ImageModel.Read(file, 1, 1, 3));
    }

    [Fact]
    public void Read_PalettePng_LooksColoursUp()
    {
        var file = new PngFile(3, 1, 8, PngColor.Palette).With("PLTE", 1, 2, 3, 40, 50, 60, 7, 7, 7).Encode([1, 0, 2]);
        Assert.Equal([40, 50, 60, 1, 2, 3, 7, 7, 7], ImageModel.Read(file, 1, 3, 3));
    }

    [Fact]
    public void Read_TransparentPalettePng_KeepsTheColours()
    {
        var file = new PngFile(2, 1, 8, PngColor.Palette)
            .With("PLTE", 100, 150, 200, 40, 50, 60).With("tRNS", 0, 128).Encode([0, 1]);
        Assert.Equal([100, 150, 200, 40, 50, 60], ImageModel.Read(file, 1, 2, 3));
    }

    [Theory]
    [InlineData(PngColor.Grey, 1)]
    [InlineData(PngColor.Rgb, 3)]
    public void Read_PngWithGamma_IgnoresIt(PngColor color, int channels)
    {
        byte[] samples = [10, 100, 200];

        // gAMA 1.0 (100000): a viewer would brighten the picture a lot.
        var file = new PngFile(3 / channels, 1, 8, color).With("gAMA", 0, 1, 0x86, 0xA0).Encode(samples);
        Assert.Equal([10, 100, 200], ImageModel.Read(file, 1, 3 / channels, channels));
    }

    [Fact]
    public void Read_PngWithSrgbChunk_IgnoresIt()
    {
        var file = new PngFile(1, 1, 8, PngColor.Rgb).With("sRGB", 0).Encode([10, 100, 200]);
        Assert.Equal([10, 100, 200], ImageModel.Read(file, 1, 1, 3));
    }

    [Fact]
    public void Read_PngWithWideGamutProfile_IgnoresIt()
    {
        using var profile = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Linear, SKColorSpaceXyz.Rec2020);
        using var pixels = new SKBitmap(
            new SKImageInfo(1, 1, SKColorType.Rgba8888, SKAlphaType.Opaque, profile));
        pixels.SetPixel(0, 0, new SKColor(10, 100, 200));
        var stored = pixels.GetPixelSpan()[..3].ToArray();
        using var data = pixels.Encode(SKEncodedImageFormat.Png, 100);
        var file = data.ToArray();

        Assert.True(file.AsSpan().IndexOf("iCCP"u8) > 0, "The encoder wrote no profile: the test proves nothing.");
        Assert.Equal([stored[0], stored[1], stored[2]], ImageModel.Read(file, 1, 1, 3));
    }

    [Fact]
    public void Read_Bmp_GivesItsValues()
    {
        // Two rows of one pixel, bottom up, blue first, padded to four bytes.
        byte[] file =
        [
            (byte)'B', (byte)'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,
            40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0,
            0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            3, 2, 1, 0, 60, 50, 40, 0,
        ];
        Assert.Equal([40, 50, 60, 1, 2, 3], ImageModel.Read(file, 2, 1, 3));
    }

    [Fact]
    public void Read_LosslessWebp_GivesItsValues()
    {
        using var pixels = Gradient(5, 4);
        using var drawn = pixels.PeekPixels();
        using var data = drawn!.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 100));
        Assert.Equal(Values(pixels), ImageModel.Read(data!.ToArray(), 4, 5, 3));
    }

    [Fact]
    public void Read_Png_GivesWhatWasDrawn()
    {
        using var pixels = Gradient(7, 3);
        using var data = pixels.Encode(SKEncodedImageFormat.Png, 100);
        Assert.Equal(Values(pixels), ImageModel.Read(data.ToArray(), 3, 7, 3));
    }

    [Fact]
    public void Read_Jpeg_GivesNearlyWhatWasDrawn()
    {
        using var pixels = Gradient(16, 16);
        using var data = pixels.Encode(SKEncodedImageFormat.Jpeg, 100);
        var read = ImageModel.Read(data.ToArray(), 16, 16, 3);
        Assert.All(Values(pixels).Zip(read), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 12));
    }

    [Fact]
    public void Read_GreyJpeg_GivesOneValueForAllChannels()
    {
        using var pixels = new SKBitmap(new SKImageInfo(8, 8, SKColorType.Gray8, SKAlphaType.Opaque));
        pixels.Erase(new SKColor(90, 90, 90));
        using var data = pixels.Encode(SKEncodedImageFormat.Jpeg, 100);
        Assert.All(ImageModel.Read(data.ToArray(), 8, 8, 1), value => Assert.InRange(value, 89, 91));
    }

    [Fact]
    public void Read_RotatedJpeg_StaysAsStored()
    {
        using var pixels = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Rgba8888, SKAlphaType.Opaque));
        pixels.Erase(SKColors.Black);
        pixels.Erase(SKColors.White, new SKRectI(0, 0, 8, 8));
        using var data = pixels.Encode(SKEncodedImageFormat.Jpeg, 100);

        // EXIF with the one entry orientation = 6: a viewer would turn the picture by 90 degrees.
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0,
            1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
        ];
        byte[] file = [.. data.ToArray()[..2], .. exif, .. data.ToArray()[2..]];

        using var codec = SKCodec.Create(SKData.CreateCopy(file));
        Assert.Equal(SKEncodedOrigin.RightTop, codec.EncodedOrigin);
        var read = ImageModel.Read(file, 8, 16, 1);
        Assert.InRange(read[0], 250, 255);
        Assert.InRange(read[15], 0, 5);
        Assert.InRange(read[(7 * 16) + 0], 250, 255);
    }

    [Fact]
    public void Read_AnimatedGif_TakesTheFirstFrame()
    {
        // Two frames of one pixel: index 1 (200, 100, 50), then index 0 (1, 2, 3).
        byte[] file =
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 1, 2, 3, 200, 100, 50,
            .. Frame(0x4C), .. Frame(0x44), 0x3B,
        ];
        Assert.Equal([200, 100, 50], ImageModel.Read(file, 1, 1, 3));

        static byte[] Frame(byte code) =>
            [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, code, 1, 0];
    }

    private static SKBitmap Gradient(int width, int height)
    {
        var pixels = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                pixels.SetPixel(x, y, new SKColor((byte)(x * 15), (byte)(y * 15), (byte)(100 + x + y)));
            }
        }

        return pixels;
    }

    private static float[] Values(SKBitmap pixels) =>
        [.. pixels.Pixels.SelectMany(pixel => new float[] { pixel.Red, pixel.Green, pixel.Blue })];
}
