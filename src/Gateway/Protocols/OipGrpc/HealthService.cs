using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Protocol.Oip;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary><c>grpc.health.v1</c>: serving while the server is ready and does not stop.</summary>
internal sealed class HealthService(Readiness readiness, RouteTableHolder routes, IHostApplicationLifetime lifetime)
    : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        StatusOf(request.Service) is var status and not ServingStatus.ServiceUnknown
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : Task.FromException<HealthCheckResponse>(
                GrpcFaults.ToException(StatusCode.NotFound, $"There is no service '{request.Service}'."));

    /// <summary>
    /// The status now and every one that differs from the last, until the caller leaves or the server stops: it waits
    /// for open calls.
    /// </summary>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            context.CancellationToken, lifetime.ApplicationStopping);
        ServingStatus? last = null;
        while (!context.CancellationToken.IsCancellationRequested)
        {
            // Taken before the status is read: a change in between is not missed.
            var (changed, isLast) = (routes.Changed, lifetime.ApplicationStopping.IsCancellationRequested);
            var status = StatusOf(request.Service);
            if (status != last)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
                last = status;
            }

            if (isLast)
            {
                return;
            }

            await changed.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ServingStatus StatusOf(string service) =>
        service is not ("" or OipMethods.Service) ? ServingStatus.ServiceUnknown
            : readiness.IsReady && !lifetime.ApplicationStopping.IsCancellationRequested ? ServingStatus.Serving
            : ServingStatus.NotServing;
}
