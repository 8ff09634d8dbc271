using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Store;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// Tells the control plane what this silo has, when it starts and again from time to time: new versions appear, and a
/// control plane that was lost learns everything anew.
/// </summary>
internal sealed partial class SiloReporter(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    ReplicaHost host,
    IModelSource source,
    IOptions<ModelStoreOptions> options,
    TimeProvider time,
    ILogger<SiloReporter> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SiloReporter),
        ServiceLifecycleStage.Active,
        _ =>
        {
            _running = Task.Run(RunAsync, CancellationToken.None);
            return Task.CompletedTask;
        },
        async _ =>
        {
            await _stop.CancelAsync();
            await _running;
        });

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                await ReportAsync();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task ReportAsync()
    {
        try
        {
            var report = new SiloReport(
                silo.Name,
                [.. host.Inventory.Devices.Select(Describe)],
                [.. source.List().Select(version => new VersionReport(version.Model, version.Fingerprint))],
                [.. options.Value.Required],
                silo.SiloAddress.Generation);
            await grains.GetGrain<IControlPlaneGrain>(IControlPlaneGrain.Key).Report(report).WaitAsync(_stop.Token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotReported(e);
        }
    }

    internal static DeviceReport Describe(Device device) =>
        new(device.Id, device.Description, device.Slots, device.ThreadsPerSlot, device.MemoryBytes);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The control plane could not be told what this silo has; it is tried again.")]
    private partial void LogNotReported(Exception exception);
}
