using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Calls every new replica of the route table once, before a request does. The first call to a grain looks for it in
/// the cluster's directory, on a silo that may be any; a request would wait for that, and fail with it when just that
/// silo is lost.
/// </summary>
internal sealed class ReplicaGreeter(RouteTableHolder routes, IGrainFactory grains) : BackgroundService
{
    private ImmutableHashSet<ReplicaKey> _greeted = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            // Taken before the table is read: a change in between is not missed.
            var changed = routes.Changed;
            var ready = routes.Table.Entries.SelectMany(entry => entry.Replicas)
                .Where(report => report.State == ReplicaState.Ready).Select(report => report.Replica)
                .ToImmutableHashSet();
            await Task.WhenAll(ready.Except(_greeted).Select(GreetAsync));
            _greeted = ready;
            await changed.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task GreetAsync(ReplicaKey replica)
    {
        try
        {
            await grains.GetGrain<IReplicaGrain>(replica.ToString()).GetReport();
        }
        catch (Exception)
        {
            // It is gone again, or cannot be reached: whoever calls it for a reason says so.
        }
    }
}
