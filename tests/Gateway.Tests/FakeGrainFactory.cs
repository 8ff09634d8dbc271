using System.Reflection;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Models;

namespace ScoringCluster.Gateway.Tests;

/// <summary>Hands out the test's own grains.</summary>
public class FakeGrainFactory : DispatchProxy
{
    private readonly Dictionary<Type, object> _grains = [];

    internal static IGrainFactory Of(IControlPlaneGrain plane, IJobsGrain jobs)
    {
        var factory = Create<IGrainFactory, FakeGrainFactory>();
        var fake = (FakeGrainFactory)(object)factory;
        fake._grains[typeof(IControlPlaneGrain)] = plane;
        fake._grains[typeof(IJobsGrain)] = jobs;
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _grains.GetValueOrDefault(targetMethod!.GetGenericArguments().Single())
            ?? throw new ArgumentException("The test has no such grain.");
}
