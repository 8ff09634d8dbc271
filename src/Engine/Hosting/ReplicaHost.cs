using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
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
    private readonly Dictionary<(DeviceId, ModelRef), string> _failures = [];
    private readonly Dictionary<DeviceId, (Device Device, DeviceSlots Slots)> _devices;
    private readonly ModelLoader _loader;
    private readonly HostingInstruments _instruments;
    private readonly ILogger<ReplicaHost> _logger;
    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    internal ReplicaHost(
        DeviceInventory inventory, ModelLoader loader, BatchingOptions batching, HostingInstruments instruments,
        TimeProvider time, ILogger<ReplicaHost> logger)
    {
        Inventory = inventory;
        _devices = inventory.Devices.ToDictionary(d => d.Id, d => (d, new DeviceSlots(d, batching.ArchiveShare, time)));
        _loader = loader;
        _instruments = instruments;
        _logger = logger;
    }

    public DeviceInventory Inventory { get; }

    /// <summary>
    /// Loads a version on a device; a second call waits for the same load, and a call while the version is being
    /// unloaded loads it anew afterwards. Cancelling ends the wait, not the load.
    /// </summary>
    /// <exception cref="ModelLoadException">The load failed, and nothing of it remains.</exception>
    public async Task<LoadedModel> LoadAsync(DeviceId device, ModelRef model, CancellationToken cancellationToken)
    {
        if (!_devices.TryGetValue(device, out var place))
        {
            throw new ModelLoadException(
                $"This silo has no device {device}; it has {string.Join(", ", _devices.Keys)}.");
        }

        while (true)
        {
            var slot = SlotOf(place.Device, place.Slots, model);
            if (!slot.IsLeaving)
            {
                return await slot.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            await slot.Gone.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes no new calls, waits for those that run, and gives the memory back. Nothing to do where nothing is loaded.
    /// Cancelling ends the wait; the model goes all the same.
    /// </summary>
    public Task UnloadAsync(DeviceId device, ModelRef model, CancellationToken cancellationToken)
    {
        ModelSlot? slot;
        lock (_gate)
        {
            if (!_models.TryGetValue((device, model), out slot))
            {
                return Task.CompletedTask;
            }
        }

        return UnloadAsync(device, model, slot).WaitAsync(cancellationToken);
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
        List<((DeviceId Device, ModelRef Model) Key, ModelSlot Slot)> slots;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            slots = [.. _models.Select(pair => (pair.Key, pair.Value))];
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(slots.Select(s => UnloadAsync(s.Key.Device, s.Key.Model, s.Slot))).ConfigureAwait(false);
        foreach (var (_, deviceSlots) in _devices.Values)
        {
            deviceSlots.Dispose();
        }

        _stop.Dispose();
    }

    private ModelSlot SlotOf(Device device, DeviceSlots slots, ModelRef model)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                throw new ModelLoadException($"{model} is not loaded on {device.Id}: this silo is stopping.");
            }

            if (_models.TryGetValue((device.Id, model), out var slot))
            {
                return slot;
            }

            _models[(device.Id, model)] = slot = new ModelSlot(_stop.Token);
            Start(device, slots, model, slot);
            return slot;
        }
    }

    /// <summary>A thread of its own: loading blocks for seconds, and neither slots nor the pool may.</summary>
    private void Start(Device device, DeviceSlots slots, ModelRef model, ModelSlot slot) =>
        new Thread(() => Load(device, slots, model, slot)) { IsBackground = true, Name = $"load {model}" }.Start();

    private void Load(Device device, DeviceSlots slots, ModelRef model, ModelSlot slot)
    {
        try
        {
            var loaded = _loader.Load(device, slots, model, slot.Cancelled);
            _instruments.OnLoaded(loaded);
            LogLoaded(model, device.Id, loaded.Engine, loaded.EngineReason, loaded.LoadTime.TotalMilliseconds);
            lock (_gate)
            {
                _failures.Remove((device.Id, model));
            }

            slot.Publish(loaded);
        }
        catch (Exception e)
        {
            Forget((device.Id, model), slot);
            slot.Fail(Failure(e, device.Id, model));
        }
    }

    private ModelLoadException Failure(Exception e, DeviceId device, ModelRef model)
    {
        switch (e)
        {
            case OperationCanceledException:
                LogLoadCancelled(model, device);
                return new ModelLoadException($"Loading {model} on {device} was cancelled: it is unwanted now.", e);
            case ModelLoadException failure:
                // A load is tried more than once: the same reason again is no news.
                if (IsNews((device, model), e.Message))
                {
                    LogLoadFailed(model, device, e.Message);
                }

                return failure;
            default:
                // Files that cannot be read explain themselves; a defect is only found by its stack.
                LogLoadFailedUnexpectedly(e, model, device);
                return new ModelLoadException(e.Message, e);
        }
    }

    private bool IsNews((DeviceId Device, ModelRef Model) key, string reason)
    {
        lock (_gate)
        {
            var known = _failures.GetValueOrDefault(key);
            _failures[key] = reason;
            return known != reason;
        }
    }

    private async Task UnloadAsync(DeviceId device, ModelRef model, ModelSlot slot)
    {
        if (!slot.TryLeave())
        {
            await slot.Gone.ConfigureAwait(false);
            return;
        }

        try
        {
            if (await slot.LeaveAsync().ConfigureAwait(false) is { } loaded)
            {
                _instruments.OnUnloaded(loaded);
                LogUnloaded(model, device);
            }
        }
        finally
        {
            Forget((device, model), slot);
            slot.SetGone();
        }
    }

    /// <summary>The key may have been taken by a later load meanwhile: only this slot's own entry goes.</summary>
    private void Forget((DeviceId Device, ModelRef Model) key, ModelSlot slot)
    {
        lock (_gate)
        {
            if (_models.TryGetValue(key, out var current) && ReferenceEquals(current, slot))
            {
                _models.Remove(key);
            }
        }
    }
}
