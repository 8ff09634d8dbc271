using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>The floor server over gRPC: the framework's server, our marshallers, ONNX Runtime.</summary>
internal sealed class FloorGrpcService(FloorServer floor)
{
    public static void Add(IServiceCollection services, FloorServer floor)
    {
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = null;
            options.MaxSendMessageSize = null;
        });
        services.AddSingleton(floor);
        services.AddSingleton<FloorGrpcService>();
        services.AddSingleton<IServiceMethodProvider<FloorGrpcService>, Methods>();
    }

    /// <summary>On a branch of its own, so that the floor over HTTP pays for no routing.</summary>
    public static void Map(IApplicationBuilder app) => app.UseRouting().UseEndpoints(
        endpoints => endpoints.MapGrpcService<FloorGrpcService>());

    private async Task<ModelInferAnswer> InferAsync(ModelInferCall request, ServerCallContext context)
    {
        using (request)
        {
            var outputs = await floor.RunAsync([.. request.Raw], (int)request.Inputs[0].Shape[0]);

            // The answer is written once this method is over.
            context.GetHttpContext().Response.OnCompleted(() =>
            {
                Array.ForEach(outputs, output => output.Dispose());
                return Task.CompletedTask;
            });
            return new ModelInferAnswer(request.ModelName, "1", request.Id, outputs);
        }
    }

    private sealed class Methods : IServiceMethodProvider<FloorGrpcService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<FloorGrpcService> context) =>
            context.AddUnaryMethod(
                OipMethods.ModelInfer(TensorBlockPool.Shared), [],
                static (service, request, call) => service.InferAsync(request, call));
    }
}
