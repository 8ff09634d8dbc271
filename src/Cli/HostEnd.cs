using Microsoft.Extensions.Hosting;

namespace ScoringCluster.Cli;

/// <summary>How a host ends that did not start.</summary>
internal static class HostEnd
{
    /// <summary>
    /// What was started before a start failed runs as well, and would go on while its services are taken away: it is
    /// stopped first. What never ran refuses that, and why the start failed is known.
    /// </summary>
    public static async Task AbandonAsync(this IHost host)
    {
        try
        {
            await host.StopAsync();
        }
        catch (Exception)
        {
            // A silo "is not in the Running state", a host has no services yet.
        }

        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
