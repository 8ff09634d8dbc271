using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Grains.Models;
using ScoringCluster.Grains.Replicas;

namespace ScoringCluster.Grains;

public static class ReplicasServiceCollectionExtensions
{
    /// <summary>What replica and control plane grains need on a silo, besides the engine.</summary>
    public static IServiceCollection AddReplicas(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ILocalReplicas, LocalReplicas>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, SiloReporter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelCheck, ManifestCheck>());
        return services;
    }

    /// <summary>Loads begin while the silo joins the cluster instead of afterwards.</summary>
    public static IServiceCollection AddHeadStart(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HeadStart>());
        return services;
    }
}
