namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Which source pixels each target pixel of one axis reads and with which weights, in float32 and in the order of
/// operations of TensorFlow's kernels, since a position rounded otherwise is another pixel.
/// </summary>
internal sealed class AxisTable
{
    private AxisTable(int size)
    {
        Lower = new int[size];
        Upper = new int[size];
        Weight = new float[size];
    }

    /// <summary>First source pixel.</summary>
    public int[] Lower { get; }

    /// <summary>Last source pixel, which is read too.</summary>
    public int[] Upper { get; }

    /// <summary>Bilinear: how far from lower to upper. Area: the covered share of the first source pixel.</summary>
    public float[] Weight { get; }

    /// <summary>Area: the covered share of the last source pixel.</summary>
    public float[] LastWeight { get; private init; } = [];

    /// <summary>Source pixels per target pixel.</summary>
    public float Ratio { get; private init; }

    /// <summary>Source = (target + 0.5) · ratio − 0.5, between the two pixels around it.</summary>
    public static AxisTable Bilinear(int source, int target)
    {
        var ratio = source / (float)target;
        var table = new AxisTable(target) { Ratio = ratio };
        for (var i = 0; i < target; i++)
        {
            var position = ((i + 0.5f) * ratio) - 0.5f;
            var floor = MathF.Floor(position);
            table.Lower[i] = Math.Max((int)floor, 0);
            table.Upper[i] = Math.Min((int)MathF.Ceiling(position), source - 1);
            table.Weight[i] = position - floor;
        }

        return table;
    }

    /// <summary>The source pixel into which (target + 0.5) · ratio falls.</summary>
    public static AxisTable Nearest(int source, int target)
    {
        var ratio = source / (float)target;
        var table = new AxisTable(target) { Ratio = ratio };
        for (var i = 0; i < target; i++)
        {
            table.Lower[i] = table.Upper[i] = Math.Min((int)MathF.Floor((i + 0.5f) * ratio), source - 1);
        }

        return table;
    }

    /// <summary>
    /// Everything from target · ratio to (target + 1) · ratio. Rounding may put the last pixel just past the image;
    /// the edge pixel is read for it, with the tiny weight that it then has.
    /// </summary>
    public static AxisTable Area(int source, int target)
    {
        var ratio = source / (float)target;
        var table = new AxisTable(target) { Ratio = ratio, LastWeight = new float[target] };
        for (var i = 0; i < target; i++)
        {
            var from = i * ratio;
            var to = (i + 1) * ratio;
            table.Lower[i] = (int)MathF.Floor(from);
            table.Upper[i] = (int)MathF.Ceiling(to) - 1;
            table.Weight[i] = Covered(table.Lower[i], from, to, ratio);
            table.LastWeight[i] = Covered(table.Upper[i], from, to, ratio);
        }

        return table;
    }

    private static float Covered(int pixel, float from, float to, float ratio) => pixel < from
        ? (pixel + 1 > to ? ratio : pixel + 1 - from)
        : (pixel + 1 > to ? to - pixel : 1f);
}
