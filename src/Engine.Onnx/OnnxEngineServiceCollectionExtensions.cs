using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Onnx;

public static class OnnxEngineServiceCollectionExtensions
{
    /// <summary>Makes the embedded engine available; a second call is harmless.</summary>
    public static IServiceCollection AddOnnxEngine(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, OnnxRuntimeEngine>());
        return services;
    }
}
