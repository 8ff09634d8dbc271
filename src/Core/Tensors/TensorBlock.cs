using System.Runtime.InteropServices;

namespace ScoringCluster.Core;

/// <summary>
/// One contiguous block of native memory, 64-byte aligned (what TensorFlow needs to take it without copying).
/// Exactly one party owns a block; passing it to a call hands it over, and the owner disposes it, which returns it
/// to its pool. A block whose call did not end normally is dropped instead: the message that holds it may still be
/// on its way, and the finalizer frees the memory once nothing refers to it.
/// </summary>
public sealed unsafe class TensorBlock : IDisposable
{
    /// <summary>Alignment of every block, in bytes.</summary>
    public const int Alignment = 64;

    private readonly TensorBlockPool? _pool;
    private nint _pointer;
    private int _returned;

    internal TensorBlock(TensorBlockPool? pool, int capacity)
    {
        _pool = pool;
        Capacity = capacity;
        _pointer = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(capacity, Alignment), Alignment);
        GC.AddMemoryPressure(Math.Max(capacity, Alignment));
    }

    ~TensorBlock() => Free();

    /// <summary>Bytes that the block can hold; at least what was asked for.</summary>
    public int Capacity { get; }

    /// <summary>Address of the first byte. Valid until the block is disposed.</summary>
    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _returned) != 0, this);
            return _pointer;
        }
    }

    /// <summary>The first <paramref name="length"/> bytes.</summary>
    public Span<byte> Span(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Capacity, nameof(length));
        return new Span<byte>((void*)Pointer, length);
    }

    /// <summary>Returns the block to its pool. A second call is an error: another may own the block by then.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) != 0)
        {
            throw new ObjectDisposedException(nameof(TensorBlock), "The block was returned twice.");
        }

        if (_pool is null || !_pool.TryReturn(this))
        {
            Free();
            GC.SuppressFinalize(this);
        }
    }

    internal void Reuse() => Volatile.Write(ref _returned, 0);

    /// <summary>Gives the memory back to the system: for blocks that the pool holds, and at finalization.</summary>
    internal void Free()
    {
        var pointer = Interlocked.Exchange(ref _pointer, 0);
        if (pointer != 0)
        {
            NativeMemory.AlignedFree((void*)pointer);
            GC.RemoveMemoryPressure(Math.Max(Capacity, Alignment));
        }
    }
}
