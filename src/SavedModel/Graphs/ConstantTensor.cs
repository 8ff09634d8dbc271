using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// A constant: packed little-endian elements, row-major; for <see cref="ElementType.Bytes"/> the strings.
/// </summary>
public sealed class ConstantTensor
{
    public ConstantTensor(ElementType type, TensorShape shape, ReadOnlyMemory<byte> bytes)
    {
        Type = type;
        Shape = shape;
        Bytes = bytes;
    }

    public ConstantTensor(TensorShape shape, IReadOnlyList<ReadOnlyMemory<byte>> strings)
    {
        Type = ElementType.Bytes;
        Shape = shape;
        Strings = strings;
    }

    public ElementType Type { get; }

    public TensorShape Shape { get; }

    /// <summary>Empty for strings.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The elements of a string tensor; empty otherwise.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Strings { get; } = [];

    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes.Span);
}
