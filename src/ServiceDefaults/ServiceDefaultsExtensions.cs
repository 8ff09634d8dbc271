using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.Health;
using ScoringCluster.ServiceDefaults.State;
using ScoringCluster.ServiceDefaults.Telemetry;

namespace ScoringCluster.ServiceDefaults;

public static class ServiceDefaultsExtensions
{
    /// <summary>Telemetry, logs, health, state and the cluster: what every process of the product has.</summary>
    public static IHostApplicationBuilder AddScoringServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddTelemetry().AddConsoleLogs();
        builder.AddState();
        builder.AddCluster();
        builder.Services.AddHealth();
        return builder;
    }

    /// <summary><c>/health/…</c> for probes and <c>/metrics</c> for Prometheus.</summary>
    public static WebApplication MapScoringServiceDefaults(this WebApplication app)
    {
        app.Services.GetRequiredService<HealthEndpoints>().Map(app);
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    internal static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton<HealthEndpoints>();
        return services;
    }

    /// <summary>A gateway remembers nothing.</summary>
    private static void AddState(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StateOptions>().Bind(builder.Configuration.GetSection(StateOptions.Section));
        builder.Services.TryAddSingleton<StateFolder>();
        if (ClusterSettings.Of(builder.Configuration).KnownRole != ClusterRole.Gateway)
        {
            builder.Services.AddHostedService<StateFolderHolder>();
        }
    }
}
