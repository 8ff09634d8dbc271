using ScoringCluster.Core;
using ScoringCluster.Preprocessing.Images;

namespace ScoringCluster.Preprocessing;

/// <summary>
/// Turns encoded images into rows of a model's input tensor as its manifest says: decode, resize, scale, normalize.
/// The same bytes give the same row wherever and however often it is done. Thread-safe.
/// </summary>
public sealed class ImagePreprocessor
{
    private readonly TensorBlockPool _pool;
    private readonly ImageResizer _resizer;
    private readonly PixelFinish _finish;

    /// <param name="manifest">Of an image model.</param>
    /// <param name="signature">What it is called with.</param>
    /// <param name="pool">Scratch memory while an image is decoded; null for the process's pool.</param>
    /// <exception cref="ManifestException">Manifest and signature do not fit each other; lists why.</exception>
    public ImagePreprocessor(ModelManifest manifest, ModelSignature signature, TensorBlockPool? pool = null)
    {
        _pool = pool ?? TensorBlockPool.Shared;
        Input = ImageInput.Of(manifest, signature);
        RowBytes = ImageInput.RowBytes(manifest.Input, Input.Type);
        var size = new ImageSize(manifest.Input.Height, manifest.Input.Width, manifest.Input.Channels);
        _resizer = ImageResizer.Create(manifest.Input.Resize, size, _pool);
        _finish = new PixelFinish(manifest.Input, Input.Type);
    }

    /// <summary>The input that images go into, FP32 or UINT8, every dimension but the first one known.</summary>
    public TensorSpec Input { get; }

    /// <summary>Bytes of one row of <see cref="Input"/>.</summary>
    public int RowBytes { get; }

    /// <summary>
    /// Reads one image (PNG, JPEG, WebP, BMP; the first frame of a GIF) into one row of the input. Pixels are taken as
    /// the file has them: no colour management, no EXIF orientation, alpha dropped, 16-bit samples reduced to their
    /// upper 8 bits. Colour becomes grey by 0.299 R + 0.587 G + 0.114 B.
    /// </summary>
    /// <param name="encoded">The file.</param>
    /// <param name="row">Exactly <see cref="RowBytes"/>; undefined after a fault.</param>
    /// <returns>Null, or <see cref="FaultKind.InputUnreadable"/>; the message is the same on every machine.</returns>
    public ScoringFault? Read(ReadOnlySpan<byte> encoded, Span<byte> row)
    {
        if (row.Length != RowBytes)
        {
            throw new ArgumentException($"A row of {Input} has {RowBytes} bytes, not {row.Length}.", nameof(row));
        }

        using var image = ImageDecoder.Decode(encoded, _pool, out var fault);
        if (image is not null)
        {
            _resizer.Resize(image, _finish, row);
        }

        return fault;
    }
}
