using System.CommandLine;
using System.Globalization;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// <c>scoring bench slots</c>: into how many slots of how many threads a device's cores are best divided for a model,
/// measured with ONNX Runtime in a loop.
/// </summary>
internal static class SlotsBench
{
    private const string BenchName = "slots";

    private static readonly int[] _batches = [1, 8, 32];

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var seconds = BenchOptions.Measured(1);
        var pairs = BenchOptions.Pairs(3);
        var command = new Command(BenchName, "Which slots and threads suit a model on this machine.")
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
        var cores = Environment.ProcessorCount;
        var contenders = BareSetting.Within(cores, _batches).Select(setting => (
            Setting: setting,
            Loop: new Contender($"{setting}", () => Task.FromResult(bare.Run(setting, duration))))).ToList();
        foreach (var (setting, _) in contenders)
        {
            bare.Run(setting, duration / 4);
        }

        await Contender.TakeTurnsAsync([.. contenders.Select(c => c.Loop)], pairs, cancellationToken);
        foreach (var (setting, loop) in contenders)
        {
            await BenchOutput.WriteAsync(loop.Against(UsualOf(setting.Batch), BenchName, model.Name, $"{setting}"));
        }

        foreach (var batch in _batches)
        {
            var (best, loop) = contenders.Where(c => c.Setting.Batch == batch)
                .MaxBy(c => BenchStatistics.Median(c.Loop.Speeds));
            await BenchOutput.WriteAsync(loop.Against(UsualOf(batch), BenchName, model.Name, $"best: {best}"));
            await BenchOutput.SayAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"at batch {batch}: --device cpu:0={best.Slots * best.Threads} and Devices:Slots={best.Slots}"));
        }

        return ExitCodes.Ok;

        // What a device is unless somebody says otherwise: a slot a core.
        Contender UsualOf(int batch) => contenders.Find(c => c.Setting == new BareSetting(cores, 1, batch)).Loop;
    }
}
