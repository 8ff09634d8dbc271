using System.Collections.Concurrent;
using System.Numerics;

namespace ScoringCluster.Core;

/// <summary>
/// Keeps returned blocks by power-of-two size for reuse, up to <see cref="Limits.PooledBytesMax"/> in all, and gives
/// them back to the system when they were not needed for <see cref="Limits.PoolIdleTime"/>.
/// </summary>
public sealed class TensorBlockPool : IDisposable
{
    private const int SmallestBits = 8;
    private const int LargestBits = 26;

    private readonly ConcurrentQueue<Held>[] _buckets;
    private readonly TimeProvider _time;
    private readonly ITimer _trim;
    private long _heldBytes;
    private bool _disposed;

    public TensorBlockPool(TimeProvider time)
    {
        _time = time;
        _buckets = new ConcurrentQueue<Held>[LargestBits - SmallestBits + 1];
        for (var i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] = new ConcurrentQueue<Held>();
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

        if (_buckets[bucket].TryDequeue(out var held))
        {
            Interlocked.Add(ref _heldBytes, -held.Block.Capacity);
            held.Block.Reuse();
            return held.Block;
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
        _buckets[BucketOf(block.Capacity)].Enqueue(new Held(block, _time.GetTimestamp()));
        return true;
    }

    /// <summary>Frees blocks that lay unused for the idle time.</summary>
    private void Trim()
    {
        foreach (var bucket in _buckets)
        {
            while (bucket.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.Since) >= Limits.PoolIdleTime
                && bucket.TryDequeue(out var taken))
            {
                Release(taken.Block);
            }
        }
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
        foreach (var bucket in _buckets)
        {
            while (bucket.TryDequeue(out var held))
            {
                Release(held.Block);
            }
        }
    }

    private static int BucketOf(int length)
    {
        var bits = Math.Max(SmallestBits, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(length, 1) - 1));
        return bits > LargestBits ? -1 : bits - SmallestBits;
    }

    private readonly record struct Held(TensorBlock Block, long Since);
}
