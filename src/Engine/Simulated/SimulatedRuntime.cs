using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// The engine of devices that are not there: an execution takes the time that <see cref="SimulatedOptions"/> declare,
/// on a clock of its own (<see cref="SlotClock"/>), and answers checksums of its rows (<see cref="RowChecksum"/>). It
/// runs what is loaded on a <c>sim</c> device, and nothing else: no real device ever falls back to it.
/// </summary>
public sealed class SimulatedRuntime : IModelRuntime
{
    public const string EngineName = "simulated";

    /// <summary>Kind of its devices: <c>sim:0</c>.</summary>
    public const string DeviceKind = "sim";

    private readonly ConcurrentDictionary<DeviceId, DeviceTally> _tallies = new();
    private readonly SimulatedOptions _options;
    private readonly IRowAnswer _answer;
    private readonly TimeProvider _time;
    private readonly Action<TimeSpan> _sleep;

    public SimulatedRuntime(IOptions<DeviceOptions> options)
        : this(options.Value.Simulated, new ChecksumAnswer(), TimeProvider.System, Sleep)
    {
    }

    /// <param name="sleep">Blocks the calling thread for at least the time given.</param>
    internal SimulatedRuntime(
        SimulatedOptions options, IRowAnswer answer, TimeProvider time, Action<TimeSpan> sleep)
    {
        _options = options;
        _answer = answer;
        _time = time;
        _sleep = sleep;
    }

    /// <inheritdoc />
    public string Name => EngineName;

    /// <inheritdoc />
    public string Version => "1";

    /// <summary>What each device that ever held a model has executed so far.</summary>
    public IReadOnlyDictionary<DeviceId, SimulatedLoad> Loads =>
        _tallies.ToDictionary(pair => pair.Key, pair => pair.Value.Load);

    /// <inheritdoc />
    public IModel Load(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var signatures = SimulatedSignatures.Read(request, _options, _answer);
        var tally = _tallies.GetOrAdd(request.Device, _ => new DeviceTally());
        return tally.TryTake(_options.ModelBytes, _options.MemoryBytes)
            ? new SimulatedModel(_options, signatures, _answer, tally, request.Slots, _time, _sleep)
            : throw new ModelLoadException(
                $"{request.Device} has no room for the {_options.ModelBytes} bytes of {request.Model}: its "
                    + $"{_options.MemoryBytes} bytes are taken by other models.");
    }

    /// <summary>
    /// The system sleeps whole milliseconds: rounded up, since no answer comes before its time, and what is too much
    /// the slot's clock takes off the next execution.
    /// </summary>
    private static void Sleep(TimeSpan time)
    {
#pragma warning disable RS0030 // Sleeping is what is simulated, on a thread that has nothing else to do.
        Thread.Sleep((int)Math.Ceiling(time.TotalMilliseconds));
#pragma warning restore RS0030
    }
}
