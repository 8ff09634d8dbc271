using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>
/// Binds the service's methods to their marshallers. By hand, since a generated base class would read every tensor
/// into an array.
/// </summary>
internal sealed class OipGrpcMethods(TensorBlockPool pool, IOptions<GatewayOptions> options)
    : IServiceMethodProvider<OipGrpcService>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OipGrpcService> context)
    {
        Add(context, OipMethods.ServerLive, static (_, _) => OipGrpcService.ServerLive());
        Add(context, OipMethods.ServerReady, static (service, _) => service.ServerReady());
        Add(context, OipMethods.ModelReady, static (service, request) => service.ModelReady(request));
        Add(context, OipMethods.ServerMetadata, static (_, _) => OipGrpcService.ServerMetadata());
        Add(context, OipMethods.ModelMetadata, static (service, request) => service.ModelMetadata(request));
        context.AddUnaryMethod(
            OipMethods.ModelInfer(pool, options.Value.RequestBytesMax), [],
            static (service, request, call) => service.ModelInfer(request, call));
    }

    private static void Add<TRequest, TResponse>(
        ServiceMethodProviderContext<OipGrpcService> context,
        Method<TRequest, TResponse> method,
        Func<OipGrpcService, TRequest, TResponse> answer)
        where TRequest : class
        where TResponse : class =>
        context.AddUnaryMethod(method, [], (service, request, _) => Task.FromResult(answer(service, request)));
}
