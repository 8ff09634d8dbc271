using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Engine.Store;
using ScoringCluster.Grains;
using ScoringCluster.Grains.Jobs;
using ScoringCluster.ServiceDefaults.Health;

namespace ScoringCluster.Silo;

public static class SiloBuilderExtensions
{
    /// <summary>The engines, replicas and archive jobs of a silo.</summary>
    public static IHostApplicationBuilder AddScoringSilo(this IHostApplicationBuilder builder)
    {
        builder.Services
            .AddModelEngine(builder.Configuration)
            .AddOnnxEngine()
            .AddReplicas()
            .AddHeadStart()
            .AddArchiveJobs(builder.Configuration);
        builder.Services.AddOptions<ReadinessOptions>().Configure<IOptions<ModelStoreOptions>>(
            (readiness, store) => readiness.Models = [.. store.Value.Required]);
        return builder;
    }

    /// <summary>An HTTP port for probes and metrics, of a silo that is no gateway.</summary>
    public static WebApplicationBuilder ListenForProbes(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<ProbeOptions>().Bind(builder.Configuration.GetSection(ProbeOptions.Section))
            .ValidateOnStart();
        builder.Services
            .TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProbeOptions>, ProbeOptionsValidator>());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel((_, kestrel) =>
        {
            var options = kestrel.ApplicationServices.GetRequiredService<IOptions<ProbeOptions>>().Value;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.HttpPort);
        });
        return builder;
    }
}
