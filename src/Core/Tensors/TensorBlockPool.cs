using System.Numerics;

namespace ScoringCluster.Core;

/// <summary>
/// Keeps returned blocks by power-of-two size for reuse, up to <see cref="Limits.PooledBytesMax"/> in all, and gives
/// them back to the system when they were not needed for <see cref="Limits.PoolIdleTime"/>. The block returned last is
/// reused first, so that light traffic after a peak leaves the others idle.
/// </summary>
public sealed class TensorBlockPool : IDisposable
{
    private const int SmallestBits = 8;
    private const int LargestBits = 26;

    private readonly Bucket[] _buckets;
    private readonly TimeProvider _time;
    private readonly ITimer _trim;
    private long _heldBytes;
    private bool _disposed;

    public TensorBlockPool(TimeProvider time)
    {
        _time = time;
        _buckets = new Bucket[LargestBits - SmallestBits + 1];
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] = new Bucket();
        }

        _trim = time.CreateTimer(
            static pool => ((TensorBlockPool)pool!).Trim(), this, Limits.PoolIdleTime, Limits.PoolIdleTime);
    }

    /// <summary>The pool of this process.</summary>
    public static TensorBlockPool Shared { get; } = new(TimeProvider.System);

    /// <summary>Bytes held for reuse.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>A block of at least <paramref name="length"/> bytes with undefined contents; the caller's.</summary>
    public TensorBlock Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var bucket = BucketOf(length);
        if (bucket < 0)
        {
            return new TensorBlock(null, length);
        }

        if (_buckets[bucket].TryPop() is { } block)
        {
            Interlocked.Add(ref _heldBytes, -block.Capacity);
            block.Reuse();
            return block;
        }

        return new TensorBlock(this, 1 << (bucket + SmallestBits));
    }

    internal bool TryReturn(TensorBlock block)
    {
        if (Volatile.Read(ref _disposed) || HeldBytes + block.Capacity > Limits.PooledBytesMax)
        {
            return false;
        }

        Interlocked.Add(ref _heldBytes, block.Capacity);
        _buckets[BucketOf(block.Capacity)].Push(new Held(block, _time.GetTimestamp()));
        return true;
    }

    /// <summary>Frees blocks that lay unused for the idle time.</summary>
    private void Trim()
    {
        TensorBlock[] unused = [.. _buckets.SelectMany(bucket => bucket.TakeOlder(
            held => _time.GetElapsedTime(held.Since) >= Limits.PoolIdleTime))];
        if (unused.Length == 0)
        {
            return;
        }

        Array.ForEach(unused, Release);
        SystemMemory.GiveBack();
    }

    private void Release(TensorBlock block)
    {
        Interlocked.Add(ref _heldBytes, -block.Capacity);
        block.Free();
    }

    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        _trim.Dispose();
        foreach (var block in _buckets.SelectMany(bucket => bucket.TakeOlder(_ => true)))
        {
            Release(block);
        }
    }

    private static int BucketOf(int length)
    {
        var bits = Math.Max(SmallestBits, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(length, 1) - 1));
        return bits > LargestBits ? -1 : bits - SmallestBits;
    }

    private readonly record struct Held(TensorBlock Block, long Since);

    /// <summary>Blocks of one size, the one returned last on top.</summary>
    private sealed class Bucket
    {
        private readonly Lock _gate = new();
        private readonly List<Held> _held = [];

        public void Push(Held held)
        {
            lock (_gate)
            {
                _held.Add(held);
            }
        }

        public TensorBlock? TryPop()
        {
            lock (_gate)
            {
                if (_held.Count == 0)
                {
                    return null;
                }

                var block = _held[^1].Block;
                _held.RemoveAt(_held.Count - 1);
                return block;
            }
        }

        /// <summary>Takes from the bottom, where the longest unused lie, while <paramref name="isOld"/>.</summary>
        public TensorBlock[] TakeOlder(Predicate<Held> isOld)
        {
            lock (_gate)
            {
                var count = _held.TakeWhile(held => isOld(held)).Count();
                TensorBlock[] taken = [.. _held.Take(count).Select(held => held.Block)];
                _held.RemoveRange(0, count);
                return taken;
            }
        }
    }
}
