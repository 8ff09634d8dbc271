using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Models;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>Long-polls the control plane; the last table serves while it is away.</summary>
internal sealed partial class RouteTableWatcher(
    IGrainFactory grains, RouteTableHolder holder, TimeProvider time, ILogger<RouteTableWatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Not before the loop: in a cluster without a silo nothing implements it yet.
                var plane = grains.GetGrain<IControlPlaneGrain>(IControlPlaneGrain.Key);
                var table = await plane.WaitForChange(holder.Table.Version, stoppingToken);
                away = false;

                // A control plane that was lost counts from the beginning: any other version is news.
                if (table.Version != holder.Table.Version)
                {
                    holder.Table = table;
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Once an absence: a gateway may start long before the first silo does.
                if (!away)
                {
                    LogAway(e.Message);
                }

                away = true;
                await Task.Delay(_pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The control plane does not answer; the last route table serves: {Reason}")]
    private partial void LogAway(string reason);
}
