using Grpc.AspNetCore.Server.Model;
using Grpc.Health.V1;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Protocols.OipGrpc;

/// <summary>The Open Inference Protocol over gRPC, health and reflection.</summary>
internal static class OipGrpcExtensions
{
    public static IServiceCollection AddOipGrpc(this IServiceCollection services)
    {
        services.AddGrpc();
        services.AddOptions<Grpc.AspNetCore.Server.GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>(
            (grpc, gateway) =>
            {
                grpc.MaxReceiveMessageSize = gateway.Value.RequestBytesMax;
                grpc.MaxSendMessageSize = null;

                // It would claim every path of two segments, those of HTTP among them.
                grpc.IgnoreUnknownServices = true;

                // It would inflate a message to any size, past every limit; HTTP refuses encoded bodies too.
                grpc.CompressionProviders.Clear();
            });
        services.TryAddSingleton<InferReception>();
        services.TryAddSingleton<OipGrpcService>();
        services.TryAddSingleton<HealthService>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IServiceMethodProvider<OipGrpcService>, OipGrpcMethods>());
        services.TryAddSingleton(_ => new ReflectionServiceImpl(
            InferenceReflection.Descriptor.Services[0], Health.Descriptor,
            global::Grpc.Reflection.V1Alpha.ServerReflection.Descriptor));
        return services;
    }

    public static void MapOipGrpc(this IEndpointRouteBuilder app)
    {
        app.MapGrpcService<OipGrpcService>().Add(
            app.ServiceProvider.GetRequiredService<InferReception>().Receive);
        app.MapGrpcService<HealthService>();
        app.MapGrpcService<ReflectionServiceImpl>();
    }
}
