using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;

namespace ScoringCluster.Cli.Bench;

/// <summary>How long the items of a run take.</summary>
/// <param name="BurnIn">Of each server and protocol: code that was called often is compiled better.</param>
internal sealed record GatewayPlan(TimeSpan BurnIn, TimeSpan WarmUp, TimeSpan Duration, int Pairs);

/// <summary>One item of the gateway's bench: a protocol at a point of load, on all servers in turn.</summary>
internal sealed class GatewayCell(BenchModel model, IBenchProtocol protocol, LoadPoint point, GatewayPlan plan)
{
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
                // What an echo says means nothing; that it answers does.
                var load = new CheckedLoad(
                    server.Name, await ConnectAsync(server, connected, cancellationToken), point.Rows,
                    server.Name == BenchServer.Echo ? null : bare.Answers);
                CpuClock[] clocks = [.. server.Clocks, CpuClock.Own("client")];
                contenders.Add(new Contender(server.Name, () => load.RunAsync(plan.Duration, clocks)));
                await load.RunAsync(plan.WarmUp, clocks);
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
            // Rows of its own: an answer that came to the wrong caller shows.
            var call = new BenchCall(model, point.Rows, i);
            callers.Add(await protocol.ConnectAsync(server.Target, call, cancellationToken));
            connected.Add(callers[i]);
        }

        return callers;
    }
}
