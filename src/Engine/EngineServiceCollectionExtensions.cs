using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;
using ScoringCluster.Engine.Store;

namespace ScoringCluster.Engine;

public static class EngineServiceCollectionExtensions
{
    /// <summary>
    /// Devices, model store, hosting and batching, with the engine of simulated devices; engines of real ones are added
    /// apart. A second call is harmless.
    /// </summary>
    public static IServiceCollection AddModelEngine(this IServiceCollection services, IConfiguration configuration) =>
        services
        .AddDevices(configuration)
        .AddModelStore(configuration)
        .AddBatching(configuration)
        .AddModelHosting();

    private static IServiceCollection AddDevices(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<DeviceOptions>().Bind(configuration.GetSection(DeviceOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<DeviceOptions>, DeviceOptionsValidator>());
        services.TryAddSingleton<DeviceInventory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, SimulatedRuntime>());
        return services;
    }

    private static IServiceCollection AddModelStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ModelStoreOptions>().Bind(configuration.GetSection(ModelStoreOptions.Section))
            .ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<ModelStoreOptions>, ModelStoreOptionsValidator>());
        services.TryAddSingleton<IModelSource, LocalModelSource>();
        return services;
    }

    private static IServiceCollection AddBatching(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<BatchingOptions>().ValidateOnStart();
        var models = new ModelBatching(configuration.GetSection(BatchingOptions.Section));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<BatchingOptions>>(models));
        foreach (var name in models.Names)
        {
            services.AddOptions<BatchingOptions>(name).ValidateOnStart();
        }

        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<BatchingOptions>, BatchingOptionsValidator>());
        services.TryAddSingleton<BatchingInstruments>();
        return services;
    }

    private static IServiceCollection AddModelHosting(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<HostingInstruments>();
        services.TryAddSingleton<ModelLoader>();
        services.TryAddSingleton(provider => new ReplicaHost(
            provider.GetRequiredService<DeviceInventory>(),
            provider.GetRequiredService<ModelLoader>(),
            provider.GetRequiredService<IOptions<BatchingOptions>>().Value,
            provider.GetRequiredService<HostingInstruments>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ReplicaHost>>()));
        return services;
    }
}
