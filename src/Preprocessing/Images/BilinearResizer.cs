using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>Horizontally a + (b − a) · weight in the two source rows, then vertically between the results.</summary>
internal sealed class BilinearResizer(ImageSize size, TensorBlockPool pool)
    : ImageResizer(AxisTable.Bilinear, size, pool)
{
    protected override void Resize(
        DecodedImage image, AxisTable rows, AxisTable columns, Bands bands, PixelFinish finish, Span<byte> target)
    {
        var upper = new Band(bands.First);
        var lower = new Band(bands.Second);
        for (var y = 0; y < Size.Height; y++)
        {
            if (rows.Lower[y] == lower.Row)
            {
                // Going down, the lower row of one target row is often the upper one of the next.
                var last = upper;
                upper = lower;
                lower = last;
            }

            Fill(image, columns, bands.Source, rows.Lower[y], ref upper);
            var weight = rows.Weight[y];
            if (weight == 0 || rows.Upper[y] == rows.Lower[y])
            {
                finish.Write(upper.Values, target, y);
                continue;
            }

            Fill(image, columns, bands.Source, rows.Upper[y], ref lower);
            var result = bands.Result;
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = upper.Values[i] + ((lower.Values[i] - upper.Values[i]) * weight);
            }

            finish.Write(result, target, y);
        }
    }

    private void Fill(DecodedImage image, AxisTable columns, Span<float> source, int row, ref Band band)
    {
        if (band.Row == row)
        {
            return;
        }

        image.ReadRow(row, Size.Channels, source);
        var at = 0;
        for (var x = 0; x < columns.Lower.Length; x++)
        {
            var left = columns.Lower[x] * Size.Channels;
            var right = columns.Upper[x] * Size.Channels;
            var weight = columns.Weight[x];
            for (var channel = 0; channel < Size.Channels; channel++)
            {
                var value = source[left + channel];
                band.Values[at++] = value + ((source[right + channel] - value) * weight);
            }
        }

        band.Row = row;
    }

    /// <summary>A source row resized horizontally, and which it is.</summary>
    private ref struct Band(Span<float> values)
    {
        public readonly Span<float> Values = values;

        public int Row = -1;
    }
}
