using Microsoft.Extensions.Hosting;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Grains;
using ScoringCluster.Grains.Jobs;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Silo;

public static class SiloBuilderExtensions
{
    /// <summary>A silo with the engines, replicas and archive jobs.</summary>
    public static IHostApplicationBuilder AddScoringSilo(this IHostApplicationBuilder builder)
    {
        builder.Services
            .AddModelEngine(builder.Configuration)
            .AddOnnxEngine()
            .AddReplicas()
            .AddArchiveJobs(builder.Configuration);
        builder.UseOrleans(silo => silo.AddScoringCluster(builder.Configuration));
        return builder;
    }
}
