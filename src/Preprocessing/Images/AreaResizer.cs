using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>The mean over the source area that a target pixel covers, edge pixels by their covered share.</summary>
internal sealed class AreaResizer(ImageSize size, TensorBlockPool pool)
    : ImageResizer(AxisTable.Area, size, pool)
{
    protected override void Resize(
        DecodedImage image, AxisTable rows, AxisTable columns, Bands bands, PixelFinish finish, Span<byte> target)
    {
        var share = (float)(1.0 / (rows.Ratio * columns.Ratio));
        var result = bands.Result;
        for (var y = 0; y < Size.Height; y++)
        {
            result.Clear();
            for (var row = rows.Lower[y]; row <= rows.Upper[y]; row++)
            {
                var weight = row == rows.Lower[y] ? rows.Weight[y] : row == rows.Upper[y] ? rows.LastWeight[y] : 1f;
                image.ReadRow(Math.Min(row, image.Height - 1), Size.Channels, bands.Source);
                AddRow(bands.Source, image.Width, columns, weight, result);
            }

            for (var i = 0; i < result.Length; i++)
            {
                result[i] *= share;
            }

            finish.Write(result, target, y);
        }
    }

    private void AddRow(ReadOnlySpan<float> source, int width, AxisTable columns, float weight, Span<float> sums)
    {
        var at = 0;
        for (var x = 0; x < Size.Width; x++)
        {
            var first = columns.Lower[x];
            var last = columns.Upper[x];
            for (var channel = 0; channel < Size.Channels; channel++)
            {
                var sum = source[(first * Size.Channels) + channel] * columns.Weight[x];
                for (var pixel = first + 1; pixel < last; pixel++)
                {
                    sum += source[(pixel * Size.Channels) + channel];
                }

                if (last > first)
                {
                    var edge = Math.Min(last, width - 1);
                    sum += source[(edge * Size.Channels) + channel] * columns.LastWeight[x];
                }

                sums[at++] += sum * weight;
            }
        }
    }
}
