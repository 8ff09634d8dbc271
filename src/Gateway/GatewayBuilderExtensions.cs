using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Protocols.Health;
using ScoringCluster.Gateway.Protocols.Images;
using ScoringCluster.Gateway.Protocols.Jobs;
using ScoringCluster.Gateway.Protocols.Oip;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Gateway.Telemetry;

namespace ScoringCluster.Gateway;

public static class GatewayBuilderExtensions
{
    /// <summary>HTTP protocols over grain calls.</summary>
    public static WebApplicationBuilder AddScoringGateway(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection(GatewayOptions.Section))
            .ValidateOnStart();
        builder.Services
            .TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>());
        builder.WebHost.UseKestrel().ConfigureKestrel(ConfigureKestrel);
        builder.Services.AddRouting().AddProtocols();
        builder.Services.TryAddSingleton<IReplicaCaller, GrainReplicaCaller>();
        builder.Services.AddHostedService<RouteTableWatcher>();
        return builder;
    }

    public static WebApplication MapScoringGateway(this WebApplication app)
    {
        app.UseMiddleware<ErrorPages>();
        app.UseRouting();
        app.Services.GetRequiredService<HealthEndpoints>().Map(app);
        app.Services.GetRequiredService<OipEndpoints>().Map(app);
        app.Services.GetRequiredService<ImageEndpoints>().Map(app);
        app.Services.GetRequiredService<JobEndpoints>().Map(app);
        return app;
    }

    /// <summary>True once the models that were named as required can be called through this gateway.</summary>
    public static bool IsGatewayReady(this IServiceProvider services) =>
        services.GetRequiredService<RouteTableHolder>().Table.IsReady;

    /// <summary>Why required models cannot be called and will not by themselves: one sentence a failed load.</summary>
    public static IReadOnlyList<string> GatewayFailures(this IServiceProvider services)
    {
        var table = services.GetRequiredService<RouteTableHolder>().Table;
        return
        [
            .. table.Entries.Where(e => table.Required.Contains(e.Model.Name) && !e.IsReady)
                .SelectMany(e => e.Replicas.Where(r => r.Failure is not null).Select(r => $"{e.Model}: {r.Failure}"))
                .Distinct(),
        ];
    }

    internal static IServiceCollection AddProtocols(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Random.Shared);
        services.TryAddSingleton<RouteTableHolder>();
        services.TryAddSingleton<ReplicaRouter>();
        services.TryAddSingleton<RequestBodies>();
        services.TryAddSingleton<GatewayInstruments>();
        services.TryAddSingleton<ImageModels>();
        services.TryAddSingleton<HealthEndpoints>();
        services.TryAddSingleton<OipEndpoints>();
        services.TryAddSingleton<ImageEndpoints>();
        services.TryAddSingleton<JobEndpoints>();
        return services;
    }

    /// <summary>The loopback interface only, until there is TLS and a way to say who may call.</summary>
    private static void ConfigureKestrel(WebHostBuilderContext context, KestrelServerOptions kestrel)
    {
        var options = kestrel.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.RequestBytesMax;
        kestrel.Listen(IPAddress.Loopback, options.HttpPort);
    }
}
