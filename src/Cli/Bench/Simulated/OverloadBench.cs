using System.CommandLine;
using System.Globalization;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// <c>scoring bench overload</c>: a simulated device that is asked for more than it can do. What it does in time beside
/// what it could do, whether who is taken is served in time, and how fast who is not is told.
/// </summary>
internal static class OverloadBench
{
    private const string BenchName = "overload";

    public static Command Create()
    {
        var callers = BenchOptions.Numbers(
            "--callers", "Callers of single rows, several.", [512, 2048], 100_000);
        var deadline = BenchOptions.Number("--deadline-ms", "Milliseconds that a caller waits", 200, 60_000);
        var queue = BenchOptions.Number(
            "--queue-rows", "Rows that may wait, one more is refused", new BatchingOptions().QueueRowsMax, 1_000_000);
        var seconds = BenchOptions.Measured(10);
        var warmUp = BenchOptions.Seconds("--warmup", "Seconds of calls before it", 3);
        var command = new Command(BenchName, "A simulated device under more calls than it can serve.")
        {
            callers, deadline, queue, seconds, warmUp,
        };
        BenchRun.SetAction(command, async (parsed, cancellationToken) =>
        {
            foreach (var count in parsed.GetValue(callers)!)
            {
                await using var engine = await SimulatedEngine.StartAsync(
                    devices: 1, cancellationToken,
                    new Dictionary<string, string?>
                    {
                        ["Batching:QueueRowsMax"] = parsed.GetValue(queue).ToString(CultureInfo.InvariantCulture),
                    });
                var calls = new OverloadCalls(
                    engine.Models[0], count, TimeSpan.FromMilliseconds(parsed.GetValue(deadline)), cancellationToken);
                await calls.RunAsync(TimeSpan.FromSeconds(parsed.GetValue(warmUp)));
                await MeasureAsync(
                    calls, string.Create(CultureInfo.InvariantCulture, $"{count} callers"),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task MeasureAsync(OverloadCalls calls, string item, TimeSpan duration)
    {
        var before = Environment.WorkingSet;
        var clock = CpuClock.Own("process");
        var cpu = clock.Seconds();
        var tally = await calls.RunAsync(duration);
        var goodput = tally.Good / duration.TotalSeconds;
        var cpuPerRow = (clock.Seconds() - cpu) / Math.Max(1, tally.Good);
        await BenchOutput.WriteAsync(new BenchLine(
            BenchName, SimulatedDevice.Model, $"{item}, goodput", BenchLine.RowsPerSecond, goodput,
            new Dictionary<string, double> { [clock.Process] = cpuPerRow }, SimulatedDevice.Capacity,
            SimulatedDevice.RowsPerSecond, new Dictionary<string, double>(),
            [goodput / SimulatedDevice.RowsPerSecond]));
        await WriteAsync(item, "accepted in time", "share", tally.Kept);
        await WriteAsync(item, "refused", "share", tally.RefusedShare);
        foreach (var (what, times) in new[] { ("answer", tally.Answers), ("refusal", tally.Refusals) })
        {
            if (times.Count > 0)
            {
                await WriteAsync(item, $"{what} p50", "milliseconds", BenchStatistics.Percentile(times, 0.5));
                await WriteAsync(item, $"{what} p99", "milliseconds", BenchStatistics.Percentile(times, 0.99));
            }
        }

        await WriteAsync(item, "memory growth", "mebibytes", (Environment.WorkingSet - before) / (double)(1 << 20));
    }

    private static Task WriteAsync(string item, string what, string unit, double value) =>
        BenchOutput.WriteAsync(BenchLine.Alone(BenchName, SimulatedDevice.Model, $"{item}, {what}", unit, value));
}
