using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Resizes as <c>tf.image.resize(antialias=False)</c> does, in float32 and in the same order of operations.
/// Thread-safe.
/// </summary>
internal abstract class ImageResizer(Func<int, int, AxisTable> makeTable, ImageSize size, TensorBlockPool pool)
{
    private readonly AxisTables _columns = new(makeTable, size.Width);
    private readonly AxisTables _rows = new(makeTable, size.Height);

    protected ImageSize Size => size;

    public static ImageResizer Create(ResizeMethod method, ImageSize size, TensorBlockPool pool) => method switch
    {
        ResizeMethod.Bilinear => new BilinearResizer(size, pool),
        ResizeMethod.Nearest => new NearestResizer(size, pool),
        ResizeMethod.Area => new AreaResizer(size, pool),
    };

    /// <summary>Writes the image row by row through <paramref name="finish"/> to <paramref name="target"/>.</summary>
    public void Resize(DecodedImage image, PixelFinish finish, Span<byte> target)
    {
        var source = image.Width * size.Channels;
        var row = size.Width * size.Channels;
        var bytes = checked((source + (3 * row)) * sizeof(float));
        using var block = pool.Rent(bytes);
        var floats = MemoryMarshal.Cast<byte, float>(block.Span(bytes));
        var targets = floats[source..];
        var bands = new Bands(
            floats[..source], targets[..row], targets.Slice(row, row), targets.Slice(2 * row, row));
        Resize(image, _rows.For(image.Height), _columns.For(image.Width), bands, finish, target);
    }

    protected abstract void Resize(
        DecodedImage image, AxisTable rows, AxisTable columns, Bands bands, PixelFinish finish, Span<byte> target);

    /// <summary>Scratch for one image: a source row as floats and three rows of the target's width.</summary>
    protected readonly ref struct Bands(Span<float> source, Span<float> first, Span<float> second, Span<float> result)
    {
        public Span<float> Source { get; } = source;

        public Span<float> First { get; } = first;

        public Span<float> Second { get; } = second;

        public Span<float> Result { get; } = result;
    }
}

/// <summary>What the model takes, in pixels; channels are 1 or 3.</summary>
internal readonly record struct ImageSize(int Height, int Width, int Channels);
