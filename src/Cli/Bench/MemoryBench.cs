using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// Resident memory of the service beside the floor server's: idle, under load, and after a large request.
/// </summary>
internal sealed class MemoryBench(
    BenchModel model, IBenchProtocol protocol, ExpectedAnswers expected, TimeSpan idle, TimeSpan load, TimeSpan settle)
{
    private const string BenchName = "start";
    private const string Unit = "mebibytes";

    private static readonly LoadPoint _point = new(Callers: 8, Rows: 1);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(int largeBytes, CancellationToken cancellationToken)
    {
        var options = new Dictionary<string, string>
        {
            ["Gateway:RequestBytesMax"] = $"{Math.Max(Limits.RequestBytesMax, largeBytes + (1 << 20))}",
        };
        await using var ours = await BenchServer.StartOursAsync(model, BenchRole.All, options, cancellationToken);
        await using var floor = await BenchServer.StartFloorAsync(model, cancellationToken);
        BenchServer[] servers = [ours, floor];
        await PauseAsync(idle, cancellationToken);
        var before = Resident(servers);
        await WriteAsync("memory idle", before[0], BenchServer.Floor, before[1]);

        var loaded = new double[servers.Length];
        for (var i = 0; i < servers.Length; i++)
        {
            loaded[i] = await PeakAsync(servers[i], LoadAsync(servers[i], cancellationToken), cancellationToken);
        }

        await WriteAsync($"memory peak at {_point}", loaded[0], BenchServer.Floor, loaded[1]);
        await PauseAsync(settle, cancellationToken);
        var quiet = Resident(servers);
        await WriteAsync("memory after load", quiet[0], BenchServer.Floor, quiet[1]);

        var rows = (int)Math.Min(largeBytes / model.RowBytes, LoadPoint.RowsMax);
        if (rows == 0 || rows * model.RowBytes < largeBytes * 0.9)
        {
            await BenchOutput.SayAsync($"No large request: {rows} rows of {model.RowBytes} bytes are not large.");
            return;
        }

        var peak = await PeakAsync(ours, CallOnceAsync(ours, rows, cancellationToken), cancellationToken);
        await WriteAsync($"memory peak at 1x{rows}", peak, "idle", before[0]);
        await PauseAsync(settle, cancellationToken);
        await WriteAsync(
            $"memory {settle.TotalSeconds:0} s after 1x{rows}", Resident([ours])[0], "idle", before[0]);
    }

    private async Task LoadAsync(BenchServer server, CancellationToken cancellationToken)
    {
        var callers = new List<IBenchCaller>();
        try
        {
            for (var i = 0; i < _point.Callers; i++)
            {
                callers.Add(await protocol.ConnectAsync(
                    server.Target, new BenchCall(model, _point.Rows, i), cancellationToken));
            }

            await new CheckedLoad(server.Name, callers, _point.Rows, expected).RunAsync(load, []);
        }
        finally
        {
            foreach (var caller in callers)
            {
                await caller.DisposeAsync();
            }
        }
    }

    private async Task CallOnceAsync(BenchServer server, int rows, CancellationToken cancellationToken)
    {
        await using var caller = await protocol.ConnectAsync(
            server.Target, new BenchCall(model, rows, Variant: 0), cancellationToken);
        await caller.CallAsync();
    }

    private static async Task<double> PeakAsync(BenchServer server, Task work, CancellationToken cancellationToken)
    {
        var peak = 0.0;
        using var timer = new PeriodicTimer(_interval);
        while (!work.IsCompleted)
        {
            peak = Math.Max(peak, Resident([server])[0]);
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        await work;
        return peak;
    }

    private static async Task PauseAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time > TimeSpan.Zero)
        {
            using var timer = new PeriodicTimer(time);
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static double[] Resident(IEnumerable<BenchServer> servers) =>
        [.. servers.Select(server => server.Front.ResidentBytes() / (double)(1 << 20))];

    private Task WriteAsync(string item, double value, string yardstick, double yardstickValue) =>
        BenchOutput.WriteAsync(new BenchLine(
            BenchName, model.Name, item, Unit, value, new Dictionary<string, double>(), yardstick, yardstickValue,
            new Dictionary<string, double>(), [value / yardstickValue]));
}
