using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Tests.Images;

/// <summary>
/// Resizing against small tables worked out by hand, and bit by bit against what TensorFlow 2.18.1 computed
/// (<c>ResizeBilinear</c> and <c>ResizeNearestNeighbor</c> with half_pixel_centers, <c>ResizeArea</c>).
/// </summary>
public sealed class ImageResizerTests
{
    [Fact]
    public void Bilinear_TwoPixelsToFour_HasHalfPixelCentres() =>
        Assert.Equal([0, 25, 75, 100], Resize(ResizeMethod.Bilinear, [0, 100], (1, 2), (1, 4)));

    [Fact]
    public void Bilinear_FourPixelsToTwo_DoesNotAntialias() =>
        Assert.Equal([5, 105], Resize(ResizeMethod.Bilinear, [0, 10, 100, 110], (1, 4), (1, 2)));

    [Fact]
    public void Bilinear_EightPixelsToTwo_ReadsTwoOfFourOnly() =>
        Assert.Equal([15, 55], Resize(ResizeMethod.Bilinear, [0, 10, 20, 30, 40, 50, 60, 70], (1, 8), (1, 2)));

    [Fact]
    public void Bilinear_Downwards_InterpolatesBetweenRows() =>
        Assert.Equal([0, 25, 75, 100], Resize(ResizeMethod.Bilinear, [0, 100], (2, 1), (4, 1)));

    [Fact]
    public void Nearest_TwoPixelsToFive_TakesThePixelOfTheCentre() =>
        Assert.Equal([1, 1, 2, 2, 2], Resize(ResizeMethod.Nearest, [1, 2], (1, 2), (1, 5)));

    [Fact]
    public void Nearest_FivePixelsToTwo_TakesThePixelOfTheCentre() =>
        Assert.Equal([2, 4], Resize(ResizeMethod.Nearest, [1, 2, 3, 4, 5], (1, 5), (1, 2)));

    [Fact]
    public void Area_FourPixelsToTwo_IsTheMeanOfPairs() =>
        Assert.Equal([5, 105], Resize(ResizeMethod.Area, [0, 10, 100, 110], (1, 4), (1, 2)));

    [Fact]
    public void Area_ThreePixelsToTwo_SharesTheMiddleOne() =>
        Assert.Equal([20, 70], Resize(ResizeMethod.Area, [0, 60, 75], (1, 3), (1, 2)));

    [Theory]
    [InlineData(ResizeMethod.Bilinear)]
    [InlineData(ResizeMethod.Nearest)]
    [InlineData(ResizeMethod.Area)]
    public void Resize_ToTheSameSize_ChangesNothing(ResizeMethod method)
    {
        var pixels = Pixels(13, 9, 1);
        Assert.Equal(pixels.Select(p => (float)p), Resize(method, pixels, (13, 9), (13, 9)));
    }

    [Theory]
    [InlineData(ResizeMethod.Bilinear, 1, 1, 1, 3, 2, 2747386400)]
    [InlineData(ResizeMethod.Bilinear, 4, 6, 1, 2, 3, 568892348)]
    [InlineData(ResizeMethod.Bilinear, 5, 7, 3, 3, 4, 3260339130)]
    [InlineData(ResizeMethod.Bilinear, 3, 2, 1, 7, 5, 1426770434)]
    [InlineData(ResizeMethod.Bilinear, 9, 11, 1, 4, 5, 3853930858)]
    [InlineData(ResizeMethod.Bilinear, 10, 3, 3, 3, 10, 3280777883)]
    [InlineData(ResizeMethod.Bilinear, 193, 256, 1, 128, 128, 2579464200)]
    [InlineData(ResizeMethod.Bilinear, 97, 301, 3, 224, 224, 368203275)]
    [InlineData(ResizeMethod.Bilinear, 1013, 701, 1, 37, 96, 3911283040)]
    [InlineData(ResizeMethod.Nearest, 5, 7, 3, 3, 4, 3941196133)]
    [InlineData(ResizeMethod.Nearest, 3, 2, 1, 7, 5, 936240632)]
    [InlineData(ResizeMethod.Nearest, 10, 3, 3, 3, 10, 2382189956)]
    [InlineData(ResizeMethod.Nearest, 193, 256, 1, 128, 128, 2991610467)]
    [InlineData(ResizeMethod.Nearest, 97, 301, 3, 224, 224, 1757584367)]
    [InlineData(ResizeMethod.Nearest, 1013, 701, 1, 37, 96, 3834615992)]
    [InlineData(ResizeMethod.Area, 5, 7, 3, 3, 4, 2088496257)]
    [InlineData(ResizeMethod.Area, 3, 2, 1, 7, 5, 1642168684)]
    [InlineData(ResizeMethod.Area, 9, 11, 1, 4, 5, 2270652833)]
    [InlineData(ResizeMethod.Area, 10, 3, 3, 3, 10, 4109464850)]
    [InlineData(ResizeMethod.Area, 193, 256, 1, 128, 128, 1884579189)]
    [InlineData(ResizeMethod.Area, 97, 301, 3, 224, 224, 4037041532)]
    [InlineData(ResizeMethod.Area, 1013, 701, 1, 37, 96, 3833053725)]
    public void Resize_MadeUpImage_HasTensorFlowsBits(
        ResizeMethod method, int height, int width, int channels, int toHeight, int toWidth, uint checksum)
    {
        var resized = Resize(method, Pixels(height, width, channels), (height, width), (toHeight, toWidth), channels);
        Assert.Equal(checksum, PngFile.Crc32(MemoryMarshal.AsBytes<float>(resized)));
    }

    [Fact]
    public void Resize_SizesInAnyOrderAndNumber_GiveTheSameEachTime()
    {
        var preprocessor = ImageModel.Preprocessor(ImageModel.Manifest(6, 5, 1));
        var first = Enumerable.Range(1, 100).Select(Read).ToArray();
        Parallel.For(1, 101, size => Assert.Equal(first[size - 1], Read(size)));

        float[] Read(int size) => ImageModel.Read(preprocessor, File(Pixels(size, size + 3, 1), size, size + 3, 1));
    }

    private static float[] Resize(
        ResizeMethod method, byte[] pixels, (int Height, int Width) from, (int Height, int Width) to,
        int channels = 1) =>
        ImageModel.Read(
            ImageModel.Preprocessor(ImageModel.Manifest(to.Height, to.Width, channels, method)),
            File(pixels, from.Height, from.Width, channels));

    private static byte[] File(byte[] pixels, int height, int width, int channels) =>
        new PngFile(width, height, 8, channels == 1 ? PngColor.Grey : PngColor.Rgb).Encode(pixels);

    /// <summary>The picture that TensorFlow was given.</summary>
    private static byte[] Pixels(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        var at = 0;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var channel = 0; channel < channels; channel++)
                {
                    pixels[at++] = (byte)((7 * x * x) + (13 * y) + (5 * x * y) + (31 * channel));
                }
            }
        }

        return pixels;
    }
}
