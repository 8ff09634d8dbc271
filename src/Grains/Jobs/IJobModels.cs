using ScoringCluster.Contracts.Models;

namespace ScoringCluster.Grains.Jobs;

/// <summary>Which models and replicas there are now.</summary>
internal interface IJobModels
{
    Task<RouteTable> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Asks the control plane, which answers at once to a caller that knows no table.</summary>
internal sealed class ControlPlaneModels(IGrainFactory grains) : IJobModels
{
    private const long NoTable = -1;

    public Task<RouteTable> ReadAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<IControlPlaneGrain>(IControlPlaneGrain.Key).WaitForChange(NoTable, cancellationToken);
}
