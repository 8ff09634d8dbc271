using System.Globalization;

namespace ScoringCluster.Cli.Bench;

/// <summary>What becomes of the numbers of several pairs.</summary>
internal static class BenchStatistics
{
    /// <summary>The middle one, or the middle of the two middle ones: one disturbed pair does not move it.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There is no median of nothing.", nameof(values));
        }

        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The value that the given share of them does not exceed.</summary>
    /// <param name="share">0 to 1; 0.99 for the 99th percentile.</param>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? throw new ArgumentException("There is no percentile of nothing.", nameof(values))
            : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }

    /// <summary>How far the value that is farthest from the mean is from it, as a share of it.</summary>
    public static double Skew(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return values.Max(value => Math.Abs(value - mean)) / mean;
    }

    /// <summary>Pair by pair: what a machine does to both of a pair cancels out.</summary>
    public static IReadOnlyList<double> Ratios(IReadOnlyList<double> values, IReadOnlyList<double> yardsticks) =>
        [.. values.Zip(yardsticks, (value, yardstick) => value / yardstick)];

    /// <summary>Four significant digits: more would be noise.</summary>
    public static double Rounded(double value) =>
        double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Who goes first alternates from pair to pair, so that a machine that slows down hits both.</summary>
    public static IEnumerable<T> Order<T>(IReadOnlyList<T> contenders, int pair) =>
        pair % 2 == 0 ? contenders : contenders.Reverse();
}
