using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;

namespace ScoringCluster.Gateway.Tests.Faults;

public sealed class GrpcFaultsTests
{
    /// <summary>The two protocols may not disagree on who has to act: the caller, the server, or nobody.</summary>
    [Fact]
    public void Status_OfEveryFault_BlamesTheSameSideAsHttp() => Assert.All(Enum.GetValues<FaultKind>(), kind =>
    {
        var http = HttpFaults.StatusOf(kind);
        var code = GrpcFaults.StatusOf(kind);
        Assert.Equal(http switch
        {
            400 => Grpc.Core.StatusCode.InvalidArgument,
            403 => Grpc.Core.StatusCode.PermissionDenied,
            404 => Grpc.Core.StatusCode.NotFound,
            409 => Grpc.Core.StatusCode.AlreadyExists,
            413 => Grpc.Core.StatusCode.ResourceExhausted,
            499 => Grpc.Core.StatusCode.Cancelled,
            503 => Grpc.Core.StatusCode.Unavailable,
            504 => Grpc.Core.StatusCode.DeadlineExceeded,
            _ => Grpc.Core.StatusCode.Internal,
        }, code);
    });
}
