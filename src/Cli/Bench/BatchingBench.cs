using System.CommandLine;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// <c>scoring bench batching</c>: many callers of single rows in one process, whose rows the queue has to gather,
/// against ONNX Runtime in a loop at its best batch size; and what the engine itself costs where requests are batches
/// already.
/// </summary>
internal static class BatchingBench
{
    private const string BenchName = "batching";
    private const int Callers = 64;
    private const int Rows = 64;

    /// <summary>Of larger rows the model and the copies are all that can be seen.</summary>
    private const long SmallRowBytesMax = 4096;

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var seconds = BenchOptions.Measured(2);
        var pairs = BenchOptions.Pairs(5);
        var command = new Command(BenchName, "64 callers of single rows against a bare ONNX Runtime loop.")
        {
            model, signature, seconds, pairs,
        };
        BenchRun.SetAction(command, (parsed, cancellationToken) => RunAsync(
            BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature)),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(pairs), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        BenchModel model, TimeSpan duration, int pairs, CancellationToken cancellationToken)
    {
        using var bare = new BareLoop(model, model.Program.Bytes);
        await using var engine = await EngineLoad.StartAsync(model, bare.Answers, cancellationToken);
        var best = bare.FindBest(duration / 4);
        await BenchOutput.SayAsync($"bare loop: best at {best}");
        await MeasureAsync(
            model.Name, new LoadPoint(Callers, 1), engine, bare, best, duration, pairs, cancellationToken);
        if (model.RowBytes <= SmallRowBytesMax)
        {
            var same = bare.FindBest(duration / 4, Rows);
            await MeasureAsync(
                model.Name, new LoadPoint(2 * engine.Slots, Rows), engine, bare, same, duration, pairs,
                cancellationToken);
        }

        return ExitCodes.Ok;
    }

    private static async Task MeasureAsync(
        string model, LoadPoint point, EngineLoad engine, BareLoop bare, BareSetting setting, TimeSpan duration,
        int pairs, CancellationToken cancellationToken)
    {
        var (allocated, requests) = (0L, 0L);
        async Task<Sample> RunAsync()
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var sample = await engine.RunAsync(point.Rows, duration, cancellationToken, point.Callers);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            requests += sample.Rows / point.Rows;
            return sample;
        }

        await engine.RunAsync(point.Rows, duration, cancellationToken, point.Callers);
        var ours = new Contender("engine", RunAsync);
        var loop = new Contender($"{BareLoop.Name}, {setting}", () => Task.FromResult(bare.Run(setting, duration)));
        await Contender.TakeTurnsAsync([ours, loop], pairs, cancellationToken);
        var line = ours.Against(loop, BenchName, model, $"{point}");
        await BenchOutput.WriteAsync(line);
        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, model, $"{point}, CPU beyond the loop", "microseconds_per_row",
            1e6 * (line.CpuSecondsPerRow.Values.Sum() - line.YardstickCpuSecondsPerRow.Values.Sum())));

        await BenchOutput.WriteAsync(BenchLine.Alone(
            BenchName, model, $"{point}, allocated", "bytes_per_request",
            (allocated / (double)Math.Max(1, requests)) - await RequestBytesAsync(engine, point.Rows)));
    }

    /// <summary>What a caller brings is not the engine's doing.</summary>
    private static async Task<double> RequestBytesAsync(EngineLoad engine, int rows)
    {
        await using var caller = engine.Callers(1, rows, Lane.Online, CancellationToken.None)[0];
        return caller.RequestBytes();
    }
}
