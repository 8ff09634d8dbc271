using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;

namespace ScoringCluster.Cli.Bench;

/// <summary>How long the items of a run take.</summary>
/// <param name="BurnIn">Of each server and protocol: code that was called often is compiled better.</param>
internal sealed record GatewayPlan(TimeSpan BurnIn, TimeSpan WarmUp, TimeSpan Duration, int Pairs);

/// <summary>One item of the gateway's bench: a protocol at a point of load, on all servers in turn.</summary>
internal sealed class GatewayCell(BenchModel model, IBenchProtocol protocol, LoadPoint point, GatewayPlan plan)
{
    /// <summary>Requests that differ: more would only take memory.</summary>
    private const int VariantsMax = 8;

    /// <returns>The service first, then its yardsticks.</returns>
    public async Task<IReadOnlyList<Contender>> MeasureAsync(
        IReadOnlyList<BenchServer> servers, BareLoop bare, BareSetting best, CancellationToken cancellationToken)
    {
        var connected = new List<IBenchCaller>();
        try
        {
            var contenders = new List<Contender>();
            foreach (var server in servers)
            {
                var callers = await ConnectAsync(server, connected, cancellationToken);
                await CheckAsync(server, callers[0], bare);
                CpuClock[] clocks = [.. server.Clocks, CpuClock.Own("client")];
                contenders.Add(new Contender(
                    server.Name, () => ClosedLoop.RunAsync(callers, point.Rows, plan.Duration, clocks)));
                await ClosedLoop.RunAsync(callers, point.Rows, plan.WarmUp, clocks);
            }

            contenders.Add(new Contender(
                $"{BareLoop.Name}, {best}", () => Task.FromResult(bare.Run(best, plan.Duration))));
            await Contender.TakeTurnsAsync(contenders, plan.Pairs, cancellationToken);
            return contenders;
        }
        finally
        {
            await CloseAsync(connected);
        }
    }

    /// <summary>Calls every server for a while and forgets how fast it was.</summary>
    public async Task BurnInAsync(IReadOnlyList<BenchServer> servers, CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            var connected = new List<IBenchCaller>();
            try
            {
                var callers = await ConnectAsync(server, connected, cancellationToken);
                await ClosedLoop.RunAsync(callers, point.Rows, plan.BurnIn, []);
            }
            finally
            {
                await CloseAsync(connected);
            }
        }
    }

    private static async Task CloseAsync(List<IBenchCaller> connected)
    {
        foreach (var caller in connected)
        {
            await caller.DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<IBenchCaller>> ConnectAsync(
        BenchServer server, List<IBenchCaller> connected, CancellationToken cancellationToken)
    {
        var callers = new List<IBenchCaller>();
        for (var i = 0; i < point.Callers; i++)
        {
            var call = new BenchCall(model, point.Rows, i % VariantsMax);
            callers.Add(await protocol.ConnectAsync(server.Target, call, cancellationToken));
            connected.Add(callers[i]);
        }

        return callers;
    }

    /// <summary>What an echo says means nothing; that it answers does.</summary>
    private async Task CheckAsync(BenchServer server, IBenchCaller caller, BareLoop bare)
    {
        await caller.CallAsync();
        if (server.Name != BenchServer.Echo)
        {
            AnswerCheck.Require(server.Name, bare.Expected(point.Rows, variant: 0), caller.ReadAnswer());
        }
    }
}
