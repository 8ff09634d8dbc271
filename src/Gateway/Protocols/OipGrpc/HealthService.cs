using Grpc.Core;
using Grpc.Health.V1;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Protocol.Oip;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary><c>grpc.health.v1</c>: serving while the server is ready.</summary>
internal sealed class HealthService(Readiness readiness, RouteTableHolder routes) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        IsKnown(request.Service)
            ? Task.FromResult(new HealthCheckResponse { Status = Status() })
            : Task.FromException<HealthCheckResponse>(
                GrpcFaults.ToException(StatusCode.NotFound, $"There is no service '{request.Service}'."));

    /// <summary>The status now and every one that differs from the last, until the caller leaves.</summary>
    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        HealthCheckResponse.Types.ServingStatus? last = null;
        while (!context.CancellationToken.IsCancellationRequested)
        {
            // Taken before the status is read: a change in between is not missed.
            var changed = routes.Changed;
            var status = IsKnown(request.Service) ? Status() : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
            if (status != last)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status });
                last = status;
            }

            await changed.WaitAsync(context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsKnown(string service) => service is "" or OipMethods.Service;

    private HealthCheckResponse.Types.ServingStatus Status() => readiness.IsReady
        ? HealthCheckResponse.Types.ServingStatus.Serving
        : HealthCheckResponse.Types.ServingStatus.NotServing;
}
