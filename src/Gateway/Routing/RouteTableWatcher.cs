using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Models;

namespace ScoringCluster.Gateway.Routing;

/// <summary>Long-polls the control plane; the last table serves while it is away.</summary>
internal sealed partial class RouteTableWatcher(
    IGrainFactory grains, RouteTableHolder holder, TimeProvider time, ILogger<RouteTableWatcher> logger)
        : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var plane = grains.GetGrain<IControlPlaneGrain>(IControlPlaneGrain.Key);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var table = await plane.WaitForChange(holder.Table.Version, stoppingToken);

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
                LogAway(e);
                await Task.Delay(_pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The control plane does not answer; the last route table serves.")]
    private partial void LogAway(Exception exception);
}
