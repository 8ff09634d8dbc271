using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Engine.Devices;

/// <summary>
/// The execution slots of one device, shared by all models on it, and as many threads. Models run here: native work on
/// the pool would starve sockets and timers, but for executions so short that changing threads would take longer, which
/// may borrow a free slot. A slot that is free takes the next batch of the queues in turn, online before archive across
/// all of them.
/// </summary>
internal sealed class DeviceSlots : IDisposable
{
    // A monitor, since threads sleep on it. Taken before a queue's own lock, never while one is held.
    private readonly object _gate = new();
    private readonly List<BatchQueue> _queues = [];
    private readonly int[] _next = new int[2];
    private readonly LanePolicy _policy;
    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly SlotState[] _slots;
    private readonly Thread[] _threads;
    private int _asleep;
    private int _watching;
    private long _turns;
    private bool _stopped;

    /// <param name="archiveShare">Of the device's time while both lanes have work.</param>
    /// <param name="idle">How long a slot waits for work before it is tidied up.</param>
    public DeviceSlots(Device device, double archiveShare, TimeProvider time, TimeSpan? idle = null)
    {
        _time = time;
        _idle = idle ?? Limits.PoolIdleTime;
        _policy = new LanePolicy(archiveShare);
        _slots = new SlotState[device.Slots];
        _threads = [.. Enumerable.Range(0, device.Slots).Select(i => new Thread(Run)
        {
            IsBackground = true,
            Name = $"{device.Id} slot {i}",
        })];
        foreach (var thread in _threads)
        {
            // Whoever happens to create the device must not lend its trace and request context to every batch.
            thread.UnsafeStart();
        }
    }

    /// <summary>What a thread did with a slot.</summary>
    /// <param name="ArchivePart">Of the rows that it executed; null where it tidied up.</param>
    private readonly record struct Turn(int Slot, double? ArchivePart, TimeSpan Elapsed);

    private enum SlotState
    {
        /// <summary>Free, and nothing is left of what it executed.</summary>
        Tidy,

        /// <summary>Free; what it executed left memory in use.</summary>
        Untidy,

        Busy,
    }

    public int Count => _slots.Length;

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

    /// <summary>
    /// A slot for the caller's thread, which <see cref="Return"/> must follow; null where none is free or work waits,
    /// whose turn it would be.
    /// </summary>
    public int? TryBorrow()
    {
        lock (_gate)
        {
            if (_stopped || Free() is not { } slot || Waits(Lane.Online) || Waits(Lane.Archive))
            {
                return null;
            }

            _turns++;
            _slots[slot] = SlotState.Busy;
            return slot;
        }
    }

    public void Return(int slot)
    {
        lock (_gate)
        {
            // Somebody has to do what came meanwhile, and somebody to watch for the time to tidy up.
            _slots[slot] = SlotState.Untidy;
            if (_watching == 0 || Waits(Lane.Online) || Waits(Lane.Archive))
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

    private void Run()
    {
        Turn? done = null;
        while (WaitForWork(done) is var (queue, batch, slot))
        {
            if (batch is null)
            {
                Trim(slot);
                done = new Turn(slot, null, default);
            }
            else
            {
                var started = _time.GetTimestamp();
                queue!.Runner.Run(batch, slot);
                queue.OnExecuted(batch);
                done = new Turn(slot, batch.ArchivePart, _time.GetElapsedTime(started));
            }
        }
    }

    /// <summary>
    /// A batch and the slot that it executes on, or, when nothing came for a while, a slot to tidy up; null at the end.
    /// </summary>
    /// <param name="done">What the thread did before, whose slot is free from here on.</param>
    private (BatchQueue? Queue, Batch? Batch, int Slot)? WaitForWork(Turn? done)
    {
        lock (_gate)
        {
            if (done is var (used, archivePart, elapsed))
            {
                _slots[used] = archivePart is null ? SlotState.Tidy : SlotState.Untidy;
                _policy.OnExecuted(elapsed, archivePart ?? 0, Waits(Lane.Archive));
            }

            var rested = done is { ArchivePart: null };
            while (!_stopped)
            {
                if (Free() is { } slot && TakeBatch() is var (queue, batch))
                {
                    _turns++;
                    _slots[slot] = SlotState.Busy;
                    return (queue, batch, slot);
                }

                var untidy = Array.IndexOf(_slots, SlotState.Untidy);
                if (rested && untidy >= 0)
                {
                    _slots[untidy] = SlotState.Busy;
                    return (null, null, untidy);
                }

                var (turns, watch) = (_turns, untidy >= 0 ? 1 : 0);
                _asleep++;
                _watching += watch;
                var woken = Monitor.Wait(_gate, watch > 0 ? _idle : Timeout.InfiniteTimeSpan);
                _watching -= watch;
                _asleep--;

                // What came at the last moment may have found this thread counted among the sleeping: look again first.
                rested = !woken && turns == _turns;
            }

            return null;
        }
    }

    /// <summary>The lowest free slot: the same few are used again while there is little to do.</summary>
    private int? Free()
    {
        for (var slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] != SlotState.Busy)
            {
                return slot;
            }
        }

        return null;
    }

    private bool Waits(Lane lane)
    {
        foreach (var queue in _queues)
        {
            if (queue.IsReady(lane))
            {
                return true;
            }
        }

        return false;
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
                queue.OnTrimmed();
            }
        }

        SystemMemory.GiveBack();
    }

    private (BatchQueue Queue, Batch Batch)? TakeBatch()
    {
        while (true)
        {
            var (online, archive) = (Waits(Lane.Online), Waits(Lane.Archive));
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
