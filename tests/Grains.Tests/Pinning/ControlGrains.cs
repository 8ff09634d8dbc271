using Microsoft.Extensions.DependencyInjection;
using Orleans.Placement;
using Orleans.Runtime.Placement;
using ScoringCluster.Contracts.Placement;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>
/// Grains that are pinned as replicas are but for one thing: they show that the tests of pinning can fail.
/// </summary>
internal static class ControlGrains
{
    public static ISiloBuilder AddControlPlacements(this ISiloBuilder silo)
    {
        silo.Services.AddPlacementDirector<ListedPlacement, ListedPlacementDirector>();
        silo.Services.AddPlacementDirector<RetriedPlacement, RetriedPlacementDirector>();
        return silo;
    }

    /// <summary>The director of the product.</summary>
    public static IPlacementDirector Pinned(this IServiceProvider services) =>
        services.GetRequiredKeyedService<IPlacementDirector>(typeof(SiloPinnedPlacement));
}

internal interface IControlGrain : IGrainWithStringKey
{
    Task<string> WhereAsync();
}

internal interface IListedGrain : IControlGrain;

internal interface IStrayGrain : IControlGrain;

internal interface IRetriedGrain : IControlGrain;

internal abstract class ControlGrain(ILocalSiloDetails silo) : Grain
{
    public Task<string> WhereAsync() => Task.FromResult(silo.Name);
}

/// <summary>Placed as a replica is, but remembered by the grain directory.</summary>
[ListedPlacement, Immovable, KeepAlive]
internal sealed class ListedGrain(ILocalSiloDetails silo) : ControlGrain(silo), IListedGrain;

/// <summary>Placed as Orleans sees fit.</summary>
[Immovable, KeepAlive]
internal sealed class StrayGrain(ILocalSiloDetails silo) : ControlGrain(silo), IStrayGrain;

/// <summary>Placed as a replica is, but a silo that is not there is an exception of Orleans.</summary>
[RetriedPlacement, Immovable, KeepAlive]
internal sealed class RetriedGrain(ILocalSiloDetails silo) : ControlGrain(silo), IRetriedGrain;

[GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class ListedPlacement : PlacementStrategy
{
    public override bool IsUsingGrainDirectory => true;
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class ListedPlacementAttribute() : PlacementAttribute(new ListedPlacement());

internal sealed class ListedPlacementDirector(IServiceProvider services) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        services.Pinned().OnAddActivation(strategy, target, context);
}

[GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class RetriedPlacement : PlacementStrategy
{
    public override bool IsUsingGrainDirectory => false;
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class RetriedPlacementAttribute() : PlacementAttribute(new RetriedPlacement());

internal sealed class RetriedPlacementDirector(IServiceProvider services) : IPlacementDirector
{
    public async Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        try
        {
            return await services.Pinned().OnAddActivation(strategy, target, context);
        }
        catch (SiloNotFoundException e)
        {
            throw new SiloUnavailableException(e.Message);
        }
    }
}
