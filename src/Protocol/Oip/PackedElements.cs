using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ScoringCluster.Protocol.Oip;

/// <summary>Elements one behind the other: counted only, or written as well where there is a place.</summary>
internal ref struct PackedElements
{
    private readonly Span<byte> _place;

    /// <summary>Written into <paramref name="place"/>, which is as long as counting said.</summary>
    public PackedElements(Span<byte> place)
    {
        _place = place;
        Writes = true;
    }

    public bool Writes { get; }

    public long Count { get; private set; }

    public long Bytes { get; private set; }

    private readonly Span<byte> Rest => _place[(int)Bytes..];

    /// <returns>True, so that callers can say whether there was an element.</returns>
    public bool Add<T>(T element)
        where T : unmanaged
    {
        if (Writes)
        {
            MemoryMarshal.Write(Rest, element);
        }

        Count++;
        Bytes += Unsafe.SizeOf<T>();
        return true;
    }

    /// <summary>A text, behind its length.</summary>
    public void AddText(ReadOnlySequence<byte> text)
    {
        if (Writes)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Rest, (uint)text.Length);
            text.CopyTo(Rest[sizeof(uint)..]);
        }

        Count++;
        Bytes += sizeof(uint) + text.Length;
    }

    /// <summary>Elements that are written as they are packed.</summary>
    /// <returns>False where the last is not whole.</returns>
    public bool AddAll(ReadOnlySequence<byte> elements, int size)
    {
        if (elements.Length % size != 0)
        {
            return false;
        }

        if (Writes)
        {
            elements.CopyTo(Rest);
        }

        Count += elements.Length / size;
        Bytes += elements.Length;
        return true;
    }

    /// <summary>As many as there are last bytes of numbers, which alone have a high bit of zero.</summary>
    public void CountVarints(ReadOnlySequence<byte> varints, int size)
    {
        const ulong highBits = 0x8080_8080_8080_8080;
        var count = 0L;
        foreach (var piece in varints)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(piece.Span);
            foreach (var word in words)
            {
                count += BitOperations.PopCount(~word & highBits);
            }

            foreach (var single in piece.Span[(words.Length * sizeof(ulong))..])
            {
                count += single < 0x80 ? 1 : 0;
            }
        }

        Count += count;
        Bytes += count * size;
    }
}
