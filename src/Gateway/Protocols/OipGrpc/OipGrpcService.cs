using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Protocol.Oip;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>The Open Inference Protocol, version 2, over gRPC.</summary>
internal sealed partial class OipGrpcService(
    RouteTableHolder routes,
    Readiness readiness,
    ReplicaRouter router,
    TensorBlockPool pool,
    IOptions<GatewayOptions> options,
    TimeProvider time,
    ILogger<OipGrpcService> logger)
{
    public static ServerLiveResponse ServerLive() => new() { Live = true };

    public ServerReadyResponse ServerReady() => new() { Ready = readiness.IsReady };

    /// <summary>Not an error for a model that is not there: what Triton's clients expect of this call.</summary>
    public ModelReadyResponse ModelReady(ModelReadyRequest request)
    {
        var (route, _) = ModelRoute.Find(routes, request.Name, request.Version);
        return new ModelReadyResponse { Ready = route is not null };
    }

    public static ServerMetadataResponse ServerMetadata()
    {
        var answer = new ServerMetadataResponse { Name = OipServer.Name, Version = OipServer.Version };
        answer.Extensions.Add(OipServer.Extensions);
        return answer;
    }

    public ModelMetadataResponse ModelMetadata(ModelMetadataRequest request)
    {
        var (route, fault) = ModelRoute.Find(routes, request.Name, request.Version);
        ModelSignature? signature = null;
        if (route is not null)
        {
            (signature, fault) = route.Signature(null);
        }

        return signature is null ? throw GrpcFaults.ToException(fault!) : Describe(route!, signature);
    }

    public async Task<ModelInferAnswer> ModelInfer(ModelInferCall request, ServerCallContext context)
    {
        using (request)
        {
            var received = context.GetHttpContext().Features.GetRequiredFeature<ReceivedCall>();
            try
            {
                return await InferAsync(received, request, context);
            }
            catch (Exception e) when (e is not (RpcException or OperationCanceledException))
            {
                var reference = context.GetHttpContext().TraceIdentifier;
                LogDefect(e, reference);
                throw Failed(received.Scope, new ScoringFault(
                    FaultKind.Internal,
                    $"The server failed unexpectedly; its log has the reason under {reference}."));
            }
        }
    }

    private async Task<ModelInferAnswer> InferAsync(
        ReceivedCall received, ModelInferCall request, ServerCallContext context)
    {
        // Elements that were sent by type may be more than the message was.
        var call = received.Scope;
        var bytes = request.Raw.Sum(raw => (long)raw.Length) + request.Inputs.Sum(i => (long)(i.Contents?.Length ?? 0));
        if ((Unreadable(request) ?? received.Held.Hold(bytes)) is { } wrong)
        {
            throw Failed(call, wrong);
        }

        var (route, fault) = ModelRoute.Find(routes, request.ModelName, request.ModelVersion);
        if (route is null)
        {
            throw Failed(call, fault!);
        }

        var (parsed, invalid) = GrpcInferParser.Parse(request, TimeLeft(context), route);
        if (parsed is null)
        {
            throw Failed(call, invalid!);
        }

        call.Scored(route.Entry.Model, parsed.Rows);
        var answer = await router.ScoreAsync(route, parsed.Work(call, pool), context.CancellationToken);
        return answer.Fault is { } refused
            ? throw Failed(call, refused)
            : Answer(context, parsed, answer);
    }

    private ScoringFault? Unreadable(ModelInferCall request) => request switch
    {
        { Problem: { } problem } => new ScoringFault(FaultKind.RequestInvalid, problem),
        { IsTooLarge: true } => new ScoringFault(
            FaultKind.RequestTooLarge,
            $"The elements that are sent by type take more than {options.Value.RequestBytesMax} bytes as tensors "
                + $"(Gateway:{nameof(GatewayOptions.RequestBytesMax)})."),
        _ => null,
    };

    private static ModelInferAnswer Answer(ServerCallContext context, ParsedRequest parsed, ScoreAnswer answer)
    {
        // The framework writes the answer after this returns, and ends the response when the bytes are out.
        var response = context.GetHttpContext().Response;
        foreach (var output in answer.Outputs)
        {
            response.RegisterForDispose(output);
        }

        context.ResponseTrailers.Add("server-timing", CallScope.Timing(answer));
        context.ResponseTrailers.Add("x-scoring-replica", answer.Replica.ToString());
        context.ResponseTrailers.Add("x-scoring-engine", answer.Engine);
        return new ModelInferAnswer(
            answer.Replica.Model.Name,
            answer.Replica.Model.Version.ToString(CultureInfo.InvariantCulture),
            parsed.Request.Id ?? "",
            parsed.Request.Ordered(answer.Outputs));
    }

    private ModelMetadataResponse Describe(ModelRoute route, ModelSignature signature)
    {
        var answer = new ModelMetadataResponse { Name = route.Entry.Model.Name, Platform = OipServer.Platform };
        answer.Versions.Add(routes.VersionsOf(route.Entry.Model.Name)
            .Select(entry => entry.Model.Version.ToString(CultureInfo.InvariantCulture)));
        answer.Inputs.Add(signature.Inputs.Select(Describe));
        answer.Outputs.Add(signature.Outputs.Select(Describe));
        foreach (var (key, value) in OipServer.Properties(route.Report))
        {
            answer.Properties.Add(key, value);
        }

        return answer;
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorSpec spec)
    {
        var tensor = new ModelMetadataResponse.Types.TensorMetadata
        {
            Name = spec.Name,
            Datatype = spec.Type.ProtocolName(),
        };
        tensor.Shape.AddRange(spec.Shape.Dimensions.ToArray());
        return tensor;
    }

    /// <summary>What is left until the call's deadline; null where it names none.</summary>
    private TimeSpan? TimeLeft(ServerCallContext context) =>
        context.Deadline == DateTime.MaxValue ? null : context.Deadline - time.GetUtcNow().UtcDateTime;

    private static RpcException Failed(CallScope call, ScoringFault fault)
    {
        call.Note(fault);
        return GrpcFaults.ToException(fault);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "ModelInfer failed unexpectedly ({Reference}).")]
    private partial void LogDefect(Exception exception, string reference);
}
