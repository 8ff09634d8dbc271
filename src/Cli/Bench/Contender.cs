namespace ScoringCluster.Cli.Bench;

/// <summary>Who takes part in the pairs of an item, and the samples that came.</summary>
internal sealed class Contender(string name, Func<Task<Sample>> measure)
{
    private readonly List<Sample> _samples = [];

    public string Name { get; } = name;

    public IReadOnlyList<double> Speeds => [.. _samples.Select(sample => sample.RowsPerSecond)];

    /// <summary>Contenders take turns, in alternating order.</summary>
    public static async Task TakeTurnsAsync(
        IReadOnlyList<Contender> contenders, int pairs, CancellationToken cancellationToken)
    {
        for (var pair = 0; pair < pairs; pair++)
        {
            foreach (var contender in BenchStatistics.Order(contenders, pair))
            {
                cancellationToken.ThrowIfCancellationRequested();
                contender._samples.Add(await contender.MeasureAsync());
            }
        }
    }

    public Task<Sample> MeasureAsync() => measure();

    /// <summary>This one's line, measured by another.</summary>
    public BenchLine Against(Contender yardstick, string bench, string model, string item) => new(
        bench, model, item, BenchLine.RowsPerSecond, BenchStatistics.Median(Speeds),
        Sample.CpuSecondsPerRow(_samples), yardstick.Name, BenchStatistics.Median(yardstick.Speeds),
        Sample.CpuSecondsPerRow(yardstick._samples), BenchStatistics.Ratios(Speeds, yardstick.Speeds));
}
