using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace ScoringCluster.ServiceDefaults.Telemetry;

/// <summary>
/// Sends what was measured last when the process stops. The provider itself does so when it is disposed, and by then
/// the meters may be gone. Registered first, it is stopped last.
/// </summary>
internal sealed class TelemetryFlush(MeterProvider meters) : IHostedService
{
    /// <summary>A collector that does not answer must not hold up a stop.</summary>
    private const int PatienceMilliseconds = 2_000;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () => meters.ForceFlush(PatienceMilliseconds), CancellationToken.None);
}
