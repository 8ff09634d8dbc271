using System.CommandLine;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// <c>scoring bench gateway</c>: calls to a service in a process of its own, against a floor server, the bare loop and,
/// for models whose rows are small, an echo.
/// </summary>
internal static class GatewayBench
{
    private const string BenchName = "gateway";

    /// <summary>Rows up to this size are compared with an echo: for larger ones HTTP is not what counts.</summary>
    private const int EchoRowBytesMax = 4 << 10;

    private static readonly LoadPoint _burnInPoint = new(Callers: 8, Rows: 1);

    private static readonly IBenchProtocol[] _protocols =
        [new HttpBinaryProtocol(), new HttpJsonProtocol(), new GrpcProtocol()];

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var points = new Option<string[]>("--points")
        {
            Description = "CALLERSxROWS, several.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["1x1", "8x1", "64x1", "4x64"],
        };
        var role = CommonOptions.Choice(
            "--role", "all: gateway and silo in one process; split: one of each.", "all", "split");
        var protocols = CommonOptions.Choices(
            "--protocols", "What the callers speak.", [.. _protocols.Select(p => p.Name)]);
        var seconds = BenchOptions.Measured(1);
        var warmup = BenchOptions.Seconds("--warmup", "Seconds of calls before each item", 2);
        var burnIn = BenchOptions.Seconds("--burn-in", "Seconds of calls before a protocol's first item", 10);
        var pairs = BenchOptions.Pairs(5);
        var command = new Command(BenchName, "The service against a floor server, the bare loop and an echo.")
        {
            model, signature, role, points, protocols, burnIn, seconds, warmup, pairs,
        };
        BenchRun.SetAction(command, (parsed, cancellationToken) => RunAsync(
            BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature)),
            Enum.Parse<BenchRole>(parsed.GetValue(role)!, ignoreCase: true),
            [.. _protocols.Where(p => parsed.GetValue(protocols)!.Contains(p.Name))],
            [.. parsed.GetValue(points)!.Select(LoadPoint.Parse)],
            new GatewayPlan(
                TimeSpan.FromSeconds(parsed.GetValue(burnIn)), TimeSpan.FromSeconds(parsed.GetValue(warmup)),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(pairs)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        BenchModel model, BenchRole role, IBenchProtocol[] protocols, LoadPoint[] points, GatewayPlan plan,
        CancellationToken cancellationToken)
    {
        using var bare = new BareLoop(model, model.Program.Bytes);
        var best = bare.FindBest(plan.Duration / 4);
        await BenchOutput.SayAsync($"bare loop: best at {best}");
        await using var ours = await BenchServer.StartOursAsync(
            model, role, new Dictionary<string, string>(), cancellationToken);
        await using var floor = await BenchServer.StartFloorAsync(model, cancellationToken);
        await using var echo = model.RowBytes <= EchoRowBytesMax
            ? await BenchServer.StartEchoAsync(model, cancellationToken) : null;
        foreach (var protocol in protocols)
        {
            BenchServer[] servers = echo is null || !protocol.IsServedBy(echo.Target)
                ? [ours, floor] : [ours, floor, echo];
            await new GatewayCell(model, protocol, _burnInPoint, plan).BurnInAsync(servers, cancellationToken);
            foreach (var point in points)
            {
                var cell = new GatewayCell(model, protocol, point, plan);
                var contenders = await cell.MeasureAsync(
                    servers, bare, best, cancellationToken);
                foreach (var yardstick in contenders.Skip(1))
                {
                    await BenchOutput.WriteAsync(
                        contenders[0].Against(
                            yardstick, role == BenchRole.Split ? $"{BenchName} split" : BenchName, model.Name,
                            $"{protocol.Name} {point}"));
                }
            }
        }

        return ExitCodes.Ok;
    }
}
