using System.CommandLine;
using System.Globalization;
using System.Diagnostics;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;

namespace ScoringCluster.Cli.Bench;

/// <summary><c>scoring bench start</c>: time to the first answer, and memory idle, under load and afterwards.</summary>
internal static class StartBench
{
    private const string BenchName = "start";

    /// <summary>What a service may be told to take (<c>Gateway:RequestBytesMax</c>), less a header.</summary>
    private const int LargeBytesMax = (1 << 30) - (1 << 20);

    private static readonly HttpBinaryProtocol _protocol = new();

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var starts = BenchOptions.Number("--starts", "Starts, of which the best counts", 5, 50);
        var idle = BenchOptions.Seconds("--idle", "Seconds before memory counts as idle", 5);
        var load = BenchOptions.Load(10);
        var settle = BenchOptions.Seconds("--settle", "Seconds after the large request", 60);
        var large = BenchOptions.Number(
            "--large-bytes", "Bytes of the large request; 0 for none", 100 << 20, LargeBytesMax, min: 0);
        var command = new Command(BenchName, "Time to the first answer, and memory.")
        {
            model, signature, starts, idle, load, settle, large,
        };
        BenchRun.SetAction(command, async (parsed, cancellationToken) =>
        {
            var opened = BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature));
            await TimeAsync(opened, parsed.GetValue(starts), cancellationToken);
            using var bare = new BareLoop(opened, opened.Program.Bytes);
            var memory = new MemoryBench(
                opened, _protocol, bare.Answers, TimeSpan.FromSeconds(parsed.GetValue(idle)),
                TimeSpan.FromSeconds(parsed.GetValue(load)), TimeSpan.FromSeconds(parsed.GetValue(settle)));
            await memory.RunAsync(parsed.GetValue(large), cancellationToken);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task TimeAsync(BenchModel model, int starts, CancellationToken cancellationToken)
    {
        var ours = new List<(double Ready, double Answer)>();
        var floor = new List<(double Ready, double Answer)>();
        for (var i = 0; i < starts; i++)
        {
            ours.Add(await StartAsync(
                model,
                () => BenchServer.StartOursAsync(
                    model, BenchRole.All, new Dictionary<string, string>(), cancellationToken),
                cancellationToken));
            floor.Add(await StartAsync(
                model, () => BenchServer.StartFloorAsync(model, cancellationToken), cancellationToken));
        }

        var items = new (string Item, Func<(double Ready, double Answer), double> Of)[]
        {
            ("ready", start => start.Ready), ("first answer", start => start.Answer),
        };
        foreach (var (item, of) in items)
        {
            await BenchOutput.WriteAsync(new BenchLine(
                BenchName, model.Name, string.Create(CultureInfo.InvariantCulture, $"{item}, best of {starts}"),
                "seconds", ours.Min(of), new Dictionary<string, double>(), BenchServer.Floor, floor.Min(of),
                new Dictionary<string, double>(),
                BenchStatistics.Ratios([.. ours.Select(of)], [.. floor.Select(of)])));
        }
    }

    /// <summary>Seconds from the process's start: until it says that it is ready, and until it has scored.</summary>
    private static async Task<(double Ready, double Answer)> StartAsync(
        BenchModel model, Func<Task<BenchServer>> start, CancellationToken cancellationToken)
    {
        await using var server = await start();
        await using var caller = await _protocol.ConnectAsync(
            server.Target, new BenchCall(model, Rows: 1, Variant: 0), cancellationToken);
        await caller.CallAsync();
        return (server.Front.ReadyAfter.TotalSeconds, Stopwatch.GetElapsedTime(server.Front.Started).TotalSeconds);
    }
}
