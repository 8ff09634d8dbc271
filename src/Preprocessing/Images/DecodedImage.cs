using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// The pixels of one image as the file has them, 8 bits a sample, rows packed: one byte a pixel (grey) or four
/// (red, green, blue, alpha). Owns its block.
/// </summary>
internal sealed class DecodedImage(TensorBlock block, int width, int height, int pixelBytes) : IDisposable
{
    // ITU-R BT.601: the weights of JPEG's luma and of every common grey conversion.
    private const float Red = 0.299f;
    private const float Green = 0.587f;
    private const float Blue = 0.114f;

    public int Width => width;

    public int Height => height;

    public nint Pointer => block.Pointer;

    public int RowBytes => width * pixelBytes;

    /// <summary>
    /// One row as floats of 0 to 255, <paramref name="channels"/> (1 or 3) a pixel. Grey becomes three equal channels;
    /// colour becomes 0.299 R + 0.587 G + 0.114 B, except that a grey pixel keeps exactly its value. Alpha is dropped.
    /// </summary>
    public void ReadRow(int y, int channels, Span<float> row)
    {
        var pixels = block.Span(RowBytes * height).Slice(y * RowBytes, RowBytes);
        switch (pixelBytes, channels)
        {
            case (1, 1):
                for (var x = 0; x < pixels.Length; x++)
                {
                    row[x] = pixels[x];
                }

                break;
            case (1, _):
                for (var x = 0; x < pixels.Length; x++)
                {
                    row[3 * x] = row[(3 * x) + 1] = row[(3 * x) + 2] = pixels[x];
                }

                break;
            case (_, 1):
                for (var x = 0; x < width; x++)
                {
                    row[x] = Grey(pixels.Slice(4 * x, 4));
                }

                break;
            default:
                for (var x = 0; x < width; x++)
                {
                    row[3 * x] = pixels[4 * x];
                    row[(3 * x) + 1] = pixels[(4 * x) + 1];
                    row[(3 * x) + 2] = pixels[(4 * x) + 2];
                }

                break;
        }
    }

    public void Dispose() => block.Dispose();

    private static float Grey(ReadOnlySpan<byte> pixel) => pixel[0] == pixel[1] && pixel[1] == pixel[2]
        ? pixel[0]
        : (Red * pixel[0]) + (Green * pixel[1]) + (Blue * pixel[2]);
}
