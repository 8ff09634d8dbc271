using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Devices;

/// <summary>
/// The execution threads of one device, shared by all models on it. Models run here and nowhere else: native work on
/// the pool would starve sockets and timers. A slot that is free takes the next batch of the queues in turn.
/// </summary>
internal sealed class DeviceSlots : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<BatchQueue> _queues = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread[] _threads;
    private int _next;

    public DeviceSlots(Device device)
    {
        _threads = [.. Enumerable.Range(0, device.Slots).Select(slot => new Thread(() => Run(slot))
        {
            IsBackground = true,
            Name = $"{device.Id} slot {slot}",
        })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    public void Add(BatchQueue queue)
    {
        lock (_gate)
        {
            _queues.Add(queue);
        }
    }

    public void Remove(BatchQueue queue)
    {
        lock (_gate)
        {
            _queues.Remove(queue);
        }
    }

    /// <summary>So many parts were enqueued.</summary>
    public void Signal(int parts) => _work.Release(parts);

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _stop.Dispose();
        _work.Dispose();
    }

    private void Run(int slot)
    {
        while (true)
        {
            if (TakeBatch() is { } work)
            {
                work.Queue.Runner.Run(work.Batch, slot);
                continue;
            }

            try
            {
                _work.Wait(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>The next batch, queue after queue in turn, so that a busy model does not starve its
    /// neighbours.</summary>
    private (BatchQueue Queue, Batch Batch)? TakeBatch()
    {
        BatchQueue[] queues;
        int first;
        lock (_gate)
        {
            queues = [.. _queues];
            first = queues.Length == 0 ? 0 : _next++ % queues.Length;
        }

        for (var i = 0; i < queues.Length; i++)
        {
            var queue = queues[(first + i) % queues.Length];
            if (queue.TryTake() is { } batch)
            {
                return (queue, batch);
            }
        }

        return null;
    }
}
