using SkiaSharp;

namespace ScoringCluster.DemoAssets;

/// <summary>
/// Drawn grey pictures in one folder a class: horizontal stripes, vertical stripes, nothing. Sizes, widths and noise
/// vary; the same call draws the same pictures.
/// </summary>
public static class DemoImages
{
    private const int Seed = 12;

    /// <param name="folder">Gets <c>horizontal/</c>, <c>vertical/</c> and <c>blank/</c>.</param>
    /// <param name="count">Pictures in all.</param>
    public static void Write(string folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var name = DemoModel.Classes[i % DemoModel.Classes.Count];
            var file = Path.Combine(folder, name, $"{name}_{i:000}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, Draw(name, new Random(Seed + i)));
        }
    }

    private static byte[] Draw(string name, Random random)
    {
        var (width, height) = (random.Next(48, 160), random.Next(48, 160));
        var period = random.Next(8, 20);
        var phase = random.Next(period);
        var (dark, light) = (random.Next(20, 80), random.Next(150, 230));
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var position = name == "horizontal" ? y : x;
                var stripe = name != "blank" && (position + phase) % period < period / 2;
                pixels[(y * bitmap.RowBytes) + x] = (byte)((stripe ? dark : light) + random.Next(-12, 13));
            }
        }

        using var image = SKImage.FromBitmap(bitmap);
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
