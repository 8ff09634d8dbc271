using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>
/// Receives a <c>ModelInfer</c> call before the framework reads its message: its clock runs and its bytes are counted
/// from the headers on, and what the framework refuses by itself is counted as what the service refuses.
/// </summary>
internal sealed class InferReception(Calls calls, InFlightBytes inFlight)
{
    private const string Protocol = "oip-grpc";

    /// <summary>A convention of the service's endpoints: the others are left as they are.</summary>
    public void Receive(EndpointBuilder endpoint)
    {
        var isInfer = endpoint.Metadata.OfType<GrpcMethodMetadata>().Any(grpc => grpc.Method.Name == "ModelInfer");
        if (isInfer && endpoint.RequestDelegate is { } next)
        {
            endpoint.RequestDelegate = context => ReceiveAsync(context, next);
        }
    }

    private Task ReceiveAsync(HttpContext context, RequestDelegate next) =>
        calls.RunAsync(context, Protocol, async call =>
        {
            using var held = new HeldBytes(inFlight);
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                // A message of the most bytes has a few more as a body, and the framework knows the status.
                size.MaxRequestBodySize = null;
            }

            var body = new CountedBody(context.Request.BodyReader, held, call);
            context.Features.Set<IRequestBodyPipeFeature>(body);
            context.Features.Set(new ReceivedCall(call, held));
            await next(context);
            if (StatusOf(context) is { StatusCode: not StatusCode.OK } status)
            {
                call.Note(new ScoringFault(KindOf(status), status.Detail));
            }
        });

    /// <summary>What the call ended with; where it was none of gRPC, the HTTP status says so.</summary>
    private static Status StatusOf(HttpContext context) =>
        context.RequestAborted.IsCancellationRequested
            ? new Status(StatusCode.Cancelled, "The caller went away.")
            : context.Features.Get<IServerCallContextFeature>()?.ServerCallContext.Status
                ?? new Status(StatusCode.InvalidArgument, $"HTTP status {context.Response.StatusCode}");

    private static FaultKind KindOf(Status status) => status.DebugException switch
    {
        BadHttpRequestException => FaultKind.RequestInvalid,
        IOException or OperationCanceledException => FaultKind.Cancelled,
        _ => GrpcFaults.KindOf(status.StatusCode),
    };
}

/// <summary>What the service needs of a call that was received.</summary>
internal sealed record ReceivedCall(CallScope Scope, HeldBytes Held);
