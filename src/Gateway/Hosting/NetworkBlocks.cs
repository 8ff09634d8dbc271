using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>
/// The memory that Kestrel reads into and writes from. Its own blocks are of 4 KiB, so that a picture's tensor is read
/// in dozens of calls to the system, each with a turn of the thread pool. A connection that waits for its caller has no
/// block. Blocks are arrays, since Kestrel sends nothing else, and pinned, since the system writes into them.
/// </summary>
internal sealed class NetworkBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    internal const int BlockBytes = 64 << 10;

    /// <summary>Blocks held for reuse: 16 MiB.</summary>
    private const int HeldMax = 256;

    /// <summary>Blocks worth a collection: 4 MiB.</summary>
    private const int CollectedMin = 64;

    private readonly ConcurrentStack<Block> _held = new();
    private readonly ITimer _trim;
    private int _count;
    private int _leastHeld;

    public NetworkBlocks(TimeProvider time) => _trim = time.CreateTimer(
        static pool => ((NetworkBlocks)pool!).Trim(), this, Limits.PoolIdleTime, Limits.PoolIdleTime);

    public override int MaxBufferSize => BlockBytes;

    /// <summary>Counted here: the stack counts by walking through.</summary>
    internal int Held => Volatile.Read(ref _count);

    /// <summary>One for all endpoints.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <summary>A block of 64 KiB, which is at least what was asked for.</summary>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_held.TryPop(out var block))
        {
            return new Block(this);
        }

        _leastHeld = Math.Min(_leastHeld, Interlocked.Decrement(ref _count));
        block.Reuse();
        return block;
    }

    /// <summary>Kestrel does so when it stops; blocks that are out may still be returned.</summary>
    protected override void Dispose(bool disposing) => _trim.Dispose();

    private void Return(Block block)
    {
        if (Held < HeldMax)
        {
            Interlocked.Increment(ref _count);
            _held.Push(block);
        }
    }

    /// <summary>Lets go of blocks that nobody needed since the last time.</summary>
    private void Trim()
    {
        var unneeded = _leastHeld;
        for (var i = 0; i < unneeded && _held.TryPop(out _); i++)
        {
            Interlocked.Decrement(ref _count);
        }

        _leastHeld = Held;
        if (unneeded >= CollectedMin)
        {
            // They are memory of the system only after a collection, and a process that has become idle allocates too
            // little for one to come by itself.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private sealed class Block(NetworkBlocks pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int _returned;

        public Memory<byte> Memory => _bytes;

        public void Reuse() => Volatile.Write(ref _returned, 0);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                pool.Return(this);
            }
        }
    }
}
