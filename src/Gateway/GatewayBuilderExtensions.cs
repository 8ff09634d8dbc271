using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Protocols;
using ScoringCluster.Gateway.Protocols.Images;
using ScoringCluster.Gateway.Protocols.Jobs;
using ScoringCluster.Gateway.Protocols.Models;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Protocols.OipGrpc;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Gateway.Telemetry;

namespace ScoringCluster.Gateway;

public static class GatewayBuilderExtensions
{
    /// <summary>Protocols over HTTP and gRPC, answered by grain calls.</summary>
    public static WebApplicationBuilder AddScoringGateway(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection(GatewayOptions.Section))
            .ValidateOnStart();
        builder.Services
            .TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(ConfigureKestrel);
        builder.Services.AddRouting().AddProtocols().AddOipGrpc();
        builder.Services.TryAddSingleton<IReplicaCaller, GrainReplicaCaller>();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new NetworkBlocks(TimeProvider.System));
        builder.Services.AddHostedService<ReplicaGreeter>();
        return builder;
    }

    public static WebApplication MapScoringGateway(this WebApplication app)
    {
        app.UseMiddleware<ErrorPages>();
        app.UseRouting();
        app.Services.GetRequiredService<OipEndpoints>().Map(app);
        app.MapOipGrpc();
        app.Services.GetRequiredService<ImageEndpoints>().Map(app);
        app.Services.GetRequiredService<JobEndpoints>().Map(app);
        app.Services.GetRequiredService<BatchingEndpoints>().Map(app);
        return app;
    }

    internal static IServiceCollection AddProtocols(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Random.Shared);
        services.TryAddSingleton(TensorBlockPool.Shared);
        services.TryAddSingleton<ReplicaCalls>();
        services.TryAddSingleton<ReplicaRouter>();
        services.TryAddSingleton(new InFlightBytes());
        services.TryAddSingleton<RequestBodies>();
        services.TryAddSingleton<GatewayInstruments>();
        services.TryAddSingleton<Calls>();
        services.TryAddSingleton<InferRequestParser>();
        services.TryAddSingleton<ImageModels>();
        services.TryAddSingleton<ImageScorer>();
        services.TryAddSingleton<OipEndpoints>();
        services.TryAddSingleton<ImageEndpoints>();
        services.TryAddSingleton<JobEndpoints>();
        services.TryAddSingleton<BatchingEndpoints>();
        return services;
    }

    /// <summary>The loopback interface only, until there is TLS and a way to say who may call.</summary>
    private static void ConfigureKestrel(WebHostBuilderContext context, KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.RequestBytesMax;
        kestrel.Listen(IPAddress.Loopback, options.HttpPort);
        if (options.GrpcPort >= 0)
        {
            // Without TLS nothing tells HTTP/2 from HTTP/1.1: it needs a port of its own.
            kestrel.Listen(IPAddress.Loopback, options.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        }
    }
}
