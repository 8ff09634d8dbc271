using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Protocols.Models;

/// <summary><c>GET /api/models/{model}/batching</c>: how each replica gathers rows, and why as it does.</summary>
internal sealed class BatchingEndpoints(RouteTableHolder routes, IReplicaCaller replicas, Calls calls)
{
    private const string Protocol = "models-http";

    public void Map(IEndpointRouteBuilder app) => app.MapGet(
        "/api/models/{model}/batching", (HttpContext context) => calls.RunAsync(context, Protocol, GetAsync));

    private async Task GetAsync(CallScope call)
    {
        var (route, fault) = ModelRoute.Find(
            routes, (string)call.Context.GetRouteValue("model")!,
            call.Context.Request.Query["version"].FirstOrDefault());
        if (route is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        var reports = await Task.WhenAll(route.Replicas.Select(ReportAsync));
        BatchingJson.Write(call.Context, route.Entry.Model, reports);
    }

    private async Task<(ReplicaKey Replica, BatchingReport? Report)> ReportAsync(ReplicaKey replica)
    {
        try
        {
            return (replica, await replicas.GetBatchingAsync(replica));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The others are to be seen all the same.
            return (replica, null);
        }
    }
}
