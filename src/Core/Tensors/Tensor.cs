using System.Runtime.InteropServices;

namespace ScoringCluster.Core;

/// <summary>
/// A named tensor in a pooled block: row-major, little-endian, packed. The tensor owns its block until it is disposed,
/// once; used or disposed after that it throws, also when another tensor has the block by then. Contracts has the codec
/// with which it travels: only the bytes in use, never the whole block.
/// </summary>
public sealed class Tensor : IDisposable
{
    private readonly TensorBlock _block;
    private int _disposed;

    public Tensor(string name, ElementType type, TensorShape shape, TensorBlock block, int byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteLength, block.Capacity);
        Name = name;
        Type = type;
        Shape = shape;
        _block = block;
        ByteLength = byteLength;
    }

    public string Name { get; }

    public ElementType Type { get; }

    /// <summary>The actual shape: no varying dimension.</summary>
    public TensorShape Shape { get; }

    public TensorBlock Block
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return _block;
        }
    }

    /// <summary>Bytes in use, from the start of the block.</summary>
    public int ByteLength { get; }

    /// <summary>The bytes of the tensor.</summary>
    public Span<byte> Bytes => Block.Span(ByteLength);

    /// <summary>A tensor of fixed-size elements in a block of <paramref name="pool"/>, contents undefined.</summary>
    /// <exception cref="OverflowException">The shape needs 2 GiB or more.</exception>
    public static Tensor Rent(TensorBlockPool pool, string name, ElementType type, TensorShape shape)
    {
        if (type == ElementType.Bytes)
        {
            throw new ArgumentException("The size of a BYTES tensor follows from its elements.", nameof(type));
        }

        var byteLength = checked((int)(shape.ElementCount() * type.Size()));
        return new Tensor(name, type, shape, pool.Rent(byteLength), byteLength);
    }

    /// <summary>A copy of <paramref name="values"/> as a tensor.</summary>
    public static Tensor Copy<T>(
        TensorBlockPool pool, string name, ElementType type, TensorShape shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var block = pool.Rent(bytes.Length);
        bytes.CopyTo(block.Span(bytes.Length));
        return new Tensor(name, type, shape, block, bytes.Length);
    }

    /// <summary>The elements as <typeparamref name="T"/>, which must have the element type's size.</summary>
    public Span<T> Values<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            throw new ObjectDisposedException(nameof(Tensor), $"The tensor {this} was returned twice.");
        }

        _block.Dispose();
    }

    public override string ToString() => $"{Name} {Type.ProtocolName()}{Shape}";
}
