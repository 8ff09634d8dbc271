using Microsoft.Extensions.Hosting;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Store;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Begins to load what the control plane is going to order of this silo, while the silo still joins the cluster: the
/// plan for one silo follows from its own report alone. The order finds the load under way, or done; until it comes,
/// nobody is told of the model. Whatever goes wrong here goes wrong with the order again, and is said there.
/// </summary>
internal sealed class HeadStart(ReplicaHost host, IModelSource source) : IHostedLifecycleService
{
    /// <summary>Before any service starts, and after the options were found valid.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var report = new SiloReport(
            "joining",
            [.. host.Inventory.Devices.Select(SiloReporter.Describe)],
            [.. source.List().Select(version => new VersionReport(version.Model, version.Fingerprint))],
            Required: [],
            Incarnation: 0);
        foreach (var replica in PlacementPlan.Compute([report], cannotLoad: _ => false))
        {
            _ = LoadAsync(replica);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task LoadAsync(Core.ReplicaKey replica)
    {
        try
        {
            await host.LoadAsync(replica.Device, replica.Model, CancellationToken.None);
        }
        catch (ModelLoadException)
        {
            // The order loads it again and reports why it cannot.
        }
    }
}
