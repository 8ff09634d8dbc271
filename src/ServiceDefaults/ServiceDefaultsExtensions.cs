using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ScoringCluster.ServiceDefaults.State;
using ScoringCluster.ServiceDefaults.Telemetry;

namespace ScoringCluster.ServiceDefaults;

public static class ServiceDefaultsExtensions
{
    /// <summary>Telemetry, logs and the state folder: what every process of the product has.</summary>
    public static IHostApplicationBuilder AddScoringServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.AddTelemetry().AddConsoleLogs();
        builder.Services.AddOptions<StateOptions>().Bind(builder.Configuration.GetSection(StateOptions.Section));
        builder.Services.TryAddSingleton<StateFolder>();
        builder.Services.AddHostedService<StateFolderHolder>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        return builder;
    }

    /// <summary><c>/metrics</c> for Prometheus.</summary>
    public static WebApplication MapScoringServiceDefaults(this WebApplication app)
    {
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }
}
