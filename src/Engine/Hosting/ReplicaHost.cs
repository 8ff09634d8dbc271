using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Hosting;

/// <summary>
/// The silo's devices and the models loaded on them. Grains come and go; what they speak for lives here.
/// </summary>
public sealed partial class ReplicaHost : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(DeviceId, ModelRef), ModelSlot> _models = [];
    private readonly Dictionary<DeviceId, (Device Device, DeviceSlots Slots)> _devices;
    private readonly ModelLoader _loader;
    private readonly HostingInstruments _instruments;
    private readonly ILogger<ReplicaHost> _logger;
    private readonly CancellationTokenSource _stop = new();
    private int _disposed;

    internal ReplicaHost(
        DeviceInventory inventory, ModelLoader loader, HostingInstruments instruments, ILogger<ReplicaHost> logger)
    {
        Inventory = inventory;
        _devices = inventory.Devices.ToDictionary(d => d.Id, d => (d, new DeviceSlots(d)));
        _loader = loader;
        _instruments = instruments;
        _logger = logger;
    }

    public DeviceInventory Inventory { get; }

    /// <summary>Loads a version on a device; a second call waits for the same load.</summary>
    /// <exception cref="ModelLoadException">The load failed, and nothing of it remains.</exception>
    public async Task<LoadedModel> LoadAsync(DeviceId device, ModelRef model, CancellationToken cancellationToken)
    {
        if (!_devices.TryGetValue(device, out var place))
        {
            throw new ModelLoadException(
                $"This silo has no device {device}; it has {string.Join(", ", _devices.Keys)}.");
        }

        ModelSlot slot;
        lock (_gate)
        {
            if (!_models.TryGetValue((device, model), out slot!))
            {
                _models[(device, model)] = slot = new ModelSlot { Load = Start(place.Device, place.Slots, model) };
            }
        }

        return await slot.Load.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes no new calls, waits for those that run, and gives the memory back. Nothing to do where nothing is
    /// loaded.</summary>
    public async Task UnloadAsync(DeviceId device, ModelRef model, CancellationToken cancellationToken)
    {
        ModelSlot? slot;
        lock (_gate)
        {
            if (!_models.Remove((device, model), out slot))
            {
                return;
            }
        }

        var loaded = await slot.Load.WaitAsync(cancellationToken).ConfigureAwait(false);
        await slot.DrainAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        loaded.Close();
        _instruments.OnUnloaded(loaded);
        LogUnloaded(model, device);
    }

    /// <summary>Null where the version is not loaded on the device, or about to go.</summary>
    public ModelLease? TryLease(DeviceId device, ModelRef model)
    {
        lock (_gate)
        {
            return _models.TryGetValue((device, model), out var slot) ? slot.TryLease() : null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        List<ModelSlot> slots;
        lock (_gate)
        {
            slots = [.. _models.Values];
            _models.Clear();
        }

        foreach (var slot in slots)
        {
            if (await Ended(slot.Load).ConfigureAwait(false) is { } loaded)
            {
                await slot.DrainAsync().ConfigureAwait(false);
                loaded.Close();
            }
        }

        foreach (var (_, deviceSlots) in _devices.Values)
        {
            deviceSlots.Dispose();
        }

        _stop.Dispose();
    }

    private static async Task<LoadedModel?> Ended(Task<LoadedModel> load)
    {
        try
        {
            return await load.ConfigureAwait(false);
        }
        catch (Exception e) when (e is ModelLoadException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A thread of its own: loading blocks for seconds, and neither slots nor the pool may.</summary>
    private Task<LoadedModel> Start(Device device, DeviceSlots slots, ModelRef model)
    {
        var done = new TaskCompletionSource<LoadedModel>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                var loaded = _loader.Load(device, slots, model, _stop.Token);
                lock (_gate)
                {
                    _models.GetValueOrDefault((device.Id, model))?.Publish(loaded);
                }

                _instruments.OnLoaded(loaded);
                LogLoaded(model, device.Id, loaded.Engine, loaded.EngineReason, loaded.LoadTime.TotalMilliseconds);
                done.SetResult(loaded);
            }
            catch (Exception e)
            {
                lock (_gate)
                {
                    _models.Remove((device.Id, model));
                }

                LogLoadFailed(model, device.Id, e.Message);
                done.SetException(
                    e is ModelLoadException or OperationCanceledException ? e : new ModelLoadException(e.Message, e));
            }
        })
        { IsBackground = true, Name = $"load {model}" }.Start();
        return done.Task;
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Loaded {Model} on {Device} with engine {Engine} ({Reason}) in {Milliseconds:0} ms.")]
    private partial void LogLoaded(ModelRef model, DeviceId device, string engine, string reason, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Loading {Model} on {Device} failed: {Reason}")]
    private partial void LogLoadFailed(ModelRef model, DeviceId device, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Unloaded {Model} from {Device}.")]
    private partial void LogUnloaded(ModelRef model, DeviceId device);
}
