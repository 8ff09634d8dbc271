using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>Copies the source pixel that holds the centre of the target pixel.</summary>
internal sealed class NearestResizer(ImageSize size, TensorBlockPool pool)
    : ImageResizer(AxisTable.Nearest, size, pool)
{
    protected override void Resize(
        DecodedImage image, AxisTable rows, AxisTable columns, Bands bands, PixelFinish finish, Span<byte> target)
    {
        for (var y = 0; y < Size.Height; y++)
        {
            image.ReadRow(rows.Lower[y], Size.Channels, bands.Source);
            var at = 0;
            for (var x = 0; x < Size.Width; x++)
            {
                var from = columns.Lower[x] * Size.Channels;
                for (var channel = 0; channel < Size.Channels; channel++)
                {
                    bands.Result[at++] = bands.Source[from + channel];
                }
            }

            finish.Write(bands.Result, target, y);
        }
    }
}
