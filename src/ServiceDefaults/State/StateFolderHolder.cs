using Microsoft.Extensions.Hosting;

namespace ScoringCluster.ServiceDefaults.State;

/// <summary>
/// Takes the state folder by being made, which is before any hosted service starts: a folder that another process holds
/// ends the start, rather than the first grain that has something to remember.
/// </summary>
internal sealed class StateFolderHolder : IHostedService
{
    public StateFolderHolder(StateFolder folder) => ArgumentNullException.ThrowIfNull(folder);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
