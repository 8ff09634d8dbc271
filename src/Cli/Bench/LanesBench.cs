using System.CommandLine;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// <c>scoring bench lanes</c>: what archive work that saturates the device does to online calls, and online calls to
/// the device's throughput.
/// </summary>
internal static class LanesBench
{
    private const string BenchName = "lanes";
    private const string Unit = "milliseconds";

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var callers = BenchOptions.Number("--callers", "Online callers of one row", 4, 1024);
        var pause = BenchOptions.Number(
            "--pause-ms", "Milliseconds from an answer to the caller's next call", 50, 60_000);
        var rows = BenchOptions.Number("--archive-rows", "Rows of a batch of the archive", 8, 4096);
        var seconds = BenchOptions.Measured(4);
        var pairs = BenchOptions.Pairs(3);
        var command = new Command(BenchName, "Online calls beside archive work that saturates the device.")
        {
            model, signature, callers, pause, rows, seconds, pairs,
        };
        BenchRun.SetAction(command, (parsed, cancellationToken) => RunAsync(
            BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature)),
            new LanePlan(
                parsed.GetValue(callers), TimeSpan.FromMilliseconds(parsed.GetValue(pause)), parsed.GetValue(rows),
                TimeSpan.FromSeconds(parsed.GetValue(seconds))),
            parsed.GetValue(pairs), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        BenchModel model, LanePlan plan, int pairs, CancellationToken cancellationToken)
    {
        using var bare = new BareLoop(model, model.Program.Bytes);
        await using var engine = await EngineLoad.StartAsync(model, bare.Answers, cancellationToken);
        var load = new LaneLoad(engine, plan, cancellationToken);
        (bool Online, bool Archive)[] mixes = [(true, false), (false, true), (true, true)];
        var samples = mixes.ToDictionary(mix => mix, _ => new List<LaneSample>());
        await load.RunAsync(online: true, archive: true);
        for (var pair = 0; pair < pairs; pair++)
        {
            foreach (var mix in BenchStatistics.Order(mixes, pair))
            {
                cancellationToken.ThrowIfCancellationRequested();
                samples[mix].Add(await load.RunAsync(mix.Online, mix.Archive));
            }
        }

        await WriteAsync(model.Name, samples[mixes[0]], samples[mixes[1]], samples[mixes[2]]);
        return ExitCodes.Ok;
    }

    private static async Task WriteAsync(
        string model, List<LaneSample> online, List<LaneSample> archive, List<LaneSample> both)
    {
        double[] alone = [.. online.Select(sample => BenchStatistics.Percentile(sample.Online, 0.99))];
        double[] batch = [.. archive.Select(sample => BenchStatistics.Median(sample.ArchiveBatches))];
        double[] bounds = [.. alone.Zip(batch, (p99, one) => p99 + one)];
        double[] beside = [.. both.Select(sample => BenchStatistics.Percentile(sample.Online, 0.99))];
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, model, "online p99 alone", Unit, BenchStatistics.Median(alone)));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, model, "archive batch alone", Unit, BenchStatistics.Median(batch)));
        await BenchOutput.WriteAsync(Line(
            model, "online p99", Unit, beside, "p99 alone + one archive batch", bounds));
        await BenchOutput.WriteAsync(Line(
            model, "rows of both lanes", BenchLine.RowsPerSecond, [.. both.Select(sample => sample.RowsPerSecond)],
            "archive alone", [.. archive.Select(sample => sample.RowsPerSecond)]));
    }

    private static BenchLine Line(
        string model, string item, string unit, double[] values, string yardstick, double[] yardsticks) => new(
        BenchName, model, item, unit, BenchStatistics.Median(values), new Dictionary<string, double>(), yardstick,
        BenchStatistics.Median(yardsticks), new Dictionary<string, double>(),
        BenchStatistics.Ratios(values, yardsticks));
}
