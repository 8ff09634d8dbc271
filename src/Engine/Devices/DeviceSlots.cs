using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Devices;

/// <summary>
/// The execution threads of one device, shared by all models on it. Models run here and nowhere else: native work on
/// the pool would starve sockets and timers. A slot that is free takes the next batch of the queues in turn, online
/// before archive across all of them.
/// </summary>
internal sealed class DeviceSlots : IDisposable
{
    // A monitor, since slots sleep on it. Taken before a queue's own lock, never while one is held.
    private readonly object _gate = new();
    private readonly List<BatchQueue> _queues = [];
    private readonly int[] _next = new int[2];
    private readonly LanePolicy _policy;
    private readonly TimeSpan _idle;
    private readonly Thread[] _threads;
    private int _asleep;
    private bool _stopped;

    /// <param name="idle">How long a slot waits for work before it tidies up.</param>
    public DeviceSlots(Device device, int archiveTurn, TimeSpan? idle = null)
    {
        _idle = idle ?? Limits.PoolIdleTime;
        _policy = new LanePolicy(archiveTurn);
        _threads = [.. Enumerable.Range(0, device.Slots).Select(slot => new Thread(() => Run(slot))
        {
            IsBackground = true,
            Name = $"{device.Id} slot {slot}",
        })];
        foreach (var thread in _threads)
        {
            // Whoever happens to create the device must not lend its trace and request context to every batch.
            thread.UnsafeStart();
        }
    }

    public int Count => _threads.Length;

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
    public void Signal(int parts)
    {
        lock (_gate)
        {
            for (var i = Math.Min(parts, _asleep); i > 0; i--)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Ends when no execution runs any more; queues are closed before.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Run(int slot)
    {
        var isTidy = true;
        while (!Volatile.Read(ref _stopped))
        {
            if (WaitForBatch(isTidy ? Timeout.InfiniteTimeSpan : _idle) is var (queue, batch))
            {
                queue.Runner.Run(batch, slot);
                queue.OnExecuted();
                isTidy = false;
            }
            else
            {
                Trim(slot);
                isTidy = true;
            }
        }
    }

    /// <summary>Null when nothing came in time, and at the end.</summary>
    private (BatchQueue Queue, Batch Batch)? WaitForBatch(TimeSpan idle)
    {
        lock (_gate)
        {
            while (!_stopped)
            {
                if (TakeBatch() is { } work)
                {
                    return work;
                }

                _asleep++;
                var woken = Monitor.Wait(_gate, idle);
                _asleep--;
                if (!woken)
                {
                    // What came at the last moment may have found this slot counted among the sleeping.
                    return TakeBatch();
                }
            }

            return null;
        }
    }

    /// <summary>Memory that models took for batches goes back, like the pool's blocks, when it lies unused.</summary>
    private void Trim(int slot)
    {
        BatchQueue[] queues;
        lock (_gate)
        {
            queues = _stopped ? [] : [.. _queues];
        }

        foreach (var queue in queues)
        {
            if (queue.TryTrim())
            {
                queue.Runner.Trim(slot);
                queue.OnExecuted();
            }
        }

        SystemMemory.GiveBack();
    }

    private (BatchQueue Queue, Batch Batch)? TakeBatch()
    {
        while (true)
        {
            var online = _queues.Exists(queue => queue.Waits(Lane.Online));
            var archive = _queues.Exists(queue => queue.Waits(Lane.Archive));
            if (!online && !archive)
            {
                return null;
            }

            // Null where what waited was cancelled in between: look again.
            if (TakeBatch(_policy.Next(online, archive)) is { } work)
            {
                return work;
            }
        }
    }

    /// <summary>
    /// Queue after queue in turn, beginning after the one that was served last, so that a busy model does not starve
    /// its neighbours and an idle one costs nobody a turn.
    /// </summary>
    private (BatchQueue Queue, Batch Batch)? TakeBatch(Lane lane)
    {
        for (var i = 0; i < _queues.Count; i++)
        {
            var at = (_next[(int)lane] + i) % _queues.Count;
            if (_queues[at].TryTake(lane) is { } batch)
            {
                _next[(int)lane] = (at + 1) % _queues.Count;
                return (_queues[at], batch);
            }
        }

        return null;
    }
}
