using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Grains.Jobs;

/// <summary>Archive jobs on a silo.</summary>
public static class JobsServiceCollectionExtensions
{
    /// <summary>
    /// Job grains' services and their options, section <c>Jobs</c>. The model engine is added apart, and so is the
    /// grain storage <c>scoring</c>.
    /// </summary>
    public static IServiceCollection AddArchiveJobs(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<JobOptions>().Bind(configuration.GetSection(JobOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<JobOptions>, JobOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IJobModels, ControlPlaneModels>();
        services.TryAddSingleton<IShardReplicas, HostedReplicas>();
        services.TryAddSingleton<JobInstruments>();
        services.TryAddSingleton<ShardRunners>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, ShardRunners>(
                provider => provider.GetRequiredService<ShardRunners>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, JobResumer>());
        return services;
    }
}
