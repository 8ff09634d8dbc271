using System.CommandLine;
using System.Globalization;
using ScoringCluster.Cli.Bench.Load;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// <c>scoring bench scale</c>: how much of the capacity of many simulated devices a cluster uses, and how evenly; then
/// the same without sockets, and without router and grains, so that it shows what costs how much.
/// </summary>
internal static class ScaleBench
{
    private const string BenchName = "scale";

    public static Command Create()
    {
        var silos = BenchOptions.Number("--silos", "Silos of the cluster", 8, 64);
        var devices = BenchOptions.Number("--devices", "Simulated devices, a multiple of the silos", 64, 1024);
        var callers = BenchOptions.Number("--callers", "Callers, each of one request at a time", 256, 8192);
        var rows = BenchOptions.Number("--rows", "Rows of a request, of 256 bytes each", 64, 4096);
        var seconds = BenchOptions.Measured(4);
        var warmUp = BenchOptions.Seconds("--warmup", "Seconds of calls before it", 10);
        var pairs = BenchOptions.Pairs(3);
        var command = new Command(BenchName, "Many simulated devices: capacity used, and how evenly.")
        {
            silos, devices, callers, rows, seconds, warmUp, pairs,
        };
        BenchRun.SetAction(command, async (parsed, cancellationToken) =>
        {
            var (siloCount, deviceCount) = (parsed.GetValue(silos), parsed.GetValue(devices));
            if (deviceCount % siloCount != 0)
            {
                throw new CommandException(
                    $"--devices {deviceCount} is no multiple of --silos {siloCount}.", ExitCodes.Usage);
            }

            var plan = new ScalePlan(
                parsed.GetValue(callers), parsed.GetValue(rows), TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(pairs));
            Func<Task<ScaleCluster>>[] starts =
            [
                () => ScaleCluster.StartSilosAsync(siloCount, deviceCount, cancellationToken),
                () => ScaleCluster.StartSiloAsync(deviceCount, cancellationToken),
                () => ScaleCluster.StartEngineAsync(deviceCount, cancellationToken),
            ];
            foreach (var start in starts)
            {
                await using var cluster = await start();
                await MeasureAsync(cluster, plan, cancellationToken);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task MeasureAsync(
        ScaleCluster cluster, ScalePlan plan, CancellationToken cancellationToken)
    {
        var callers = Enumerable.Range(0, plan.Callers).Select(i => cluster.Caller(plan.Rows, i)).ToList();
        await ClosedLoop.RunAsync(callers, plan.Rows, plan.WarmUp, []);
        var samples = new List<Sample>();
        var skews = new List<double>();
        var batches = new List<double>();
        var heap = HeapClock.Now();
        for (var i = 0; i < plan.Pairs; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = cluster.Loads;
            samples.Add(await ClosedLoop.RunAsync(callers, plan.Rows, plan.Duration, [CpuClock.Own("process")]));
            var executed = cluster.Loads.ToDictionary(
                pair => pair.Key, pair => (Rows: pair.Value.Rows - before[pair.Key].Rows,
                    Batches: pair.Value.Batches - before[pair.Key].Batches));
            skews.Add(BenchStatistics.Skew([.. executed.Values.Select(load => (double)load.Rows)]));
            batches.Add(executed.Values.Sum(load => load.Rows) / (double)executed.Values.Sum(load => load.Batches));
        }

        var used = HeapClock.Now().Since(heap);
        var item = string.Create(
            CultureInfo.InvariantCulture, $"{cluster.Name}, {cluster.Loads.Count} devices, {plan.Callers}x{plan.Rows}");
        var capacity = SimulatedDevice.RowsPerSecond * cluster.Loads.Count;
        await BenchOutput.WriteAsync(new BenchLine(
            BenchName, SimulatedDevice.Model, item, BenchLine.RowsPerSecond,
            BenchStatistics.Median(samples.Select(sample => sample.RowsPerSecond)),
            Sample.CpuSecondsPerRow(samples), SimulatedDevice.Capacity, capacity, new Dictionary<string, double>(),
            [.. samples.Select(sample => sample.RowsPerSecond / capacity)]));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, SimulatedDevice.Model, item, "load_skew", BenchStatistics.Median(skews)));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, SimulatedDevice.Model, item, "rows_per_batch", BenchStatistics.Median(batches)));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, SimulatedDevice.Model, item, "bytes_allocated_per_row",
            used.AllocatedBytes / (double)samples.Sum(sample => sample.Rows)));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, SimulatedDevice.Model, item, "collections_per_second",
            used.Collections / used.Elapsed.TotalSeconds));
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, SimulatedDevice.Model, item, "collecting_share",
            used.Pauses.TotalSeconds / used.Elapsed.TotalSeconds));
    }

    private sealed record ScalePlan(int Callers, int Rows, TimeSpan WarmUp, TimeSpan Duration, int Pairs);
}
