using System.CommandLine;
using System.Globalization;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// <c>scoring bench engine</c>: requests through the engine's queue and slots, as a replica serves them, against ONNX
/// Runtime in a loop.
/// </summary>
internal static class EngineBench
{
    private const string BenchName = "engine";

    private static readonly int[] _batches = [1, 8, 64];

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var onnx = new Option<string?>("--onnx")
        {
            Description = "An ONNX file for the bare loop, in place of the translated model.",
        };
        var seconds = BenchOptions.Measured(1);
        var pairs = BenchOptions.Pairs(5);
        var command = new Command(BenchName, "The engine against a bare ONNX Runtime loop.")
        {
            model, signature, onnx, seconds, pairs,
        };
        BenchRun.SetAction(command, (parsed, cancellationToken) => RunAsync(
            BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature)), parsed.GetValue(onnx),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(pairs), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        BenchModel model, string? onnx, TimeSpan duration, int pairs, CancellationToken cancellationToken)
    {
        using var bare = new BareLoop(model, onnx is null ? model.Program.Bytes : ReadFile(onnx));
        await using var engine = await EngineLoad.StartAsync(model, bare.Answers, cancellationToken);
        var best = bare.FindBest(duration / 4);
        await BenchOutput.SayAsync($"bare loop: best at {best}");
        foreach (var batch in _batches)
        {
            var same = bare.FindBest(duration / 4, batch);
            await engine.RunAsync(batch, duration, cancellationToken);
            var ours = new Contender(
                BenchName, () => engine.RunAsync(batch, duration, cancellationToken));
            var overall = new Contender(
                $"{BareLoop.Name}, {best}", () => Task.FromResult(bare.Run(best, duration)));
            Contender[] contenders = same == best ? [ours, overall]
                : [ours, overall, new($"{BareLoop.Name}, {same}", () => Task.FromResult(bare.Run(same, duration)))];
            await Contender.TakeTurnsAsync(contenders, pairs, cancellationToken);
            foreach (var yardstick in contenders[1..])
            {
                await BenchOutput.WriteAsync(ours.Against(
                    yardstick, BenchName, model.Name, string.Create(CultureInfo.InvariantCulture, $"batch {batch}")));
            }
        }

        return ExitCodes.Ok;
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--onnx cannot be read: {e.Message}", ExitCodes.Usage);
        }
    }
}
