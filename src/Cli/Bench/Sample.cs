namespace ScoringCluster.Cli.Bench;

/// <summary>One measurement: speed, and the CPU time that every process spent on it.</summary>
/// <param name="Rows">Rows that the CPU seconds were spent on.</param>
/// <param name="CpuSeconds">By process.</param>
internal sealed record Sample(double RowsPerSecond, long Rows, IReadOnlyDictionary<string, double> CpuSeconds)
{
    /// <summary>Over all samples, since one is too short for a clock of 10 ms.</summary>
    public static IReadOnlyDictionary<string, double> CpuSecondsPerRow(IReadOnlyCollection<Sample> samples)
    {
        var rows = Math.Max(1, samples.Sum(s => s.Rows));
        return samples.SelectMany(s => s.CpuSeconds).GroupBy(pair => pair.Key)
            .ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value) / rows);
    }
}
