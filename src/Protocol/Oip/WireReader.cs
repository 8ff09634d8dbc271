using System.Buffers;
using System.Text;

namespace ScoringCluster.Protocol.Oip;

/// <summary>Fields of a protobuf message, one after the other, out of the pieces it arrived in.</summary>
internal ref struct WireReader(ReadOnlySequence<byte> message)
{
    private const int VarintBitsMax = 64;

    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    private SequenceReader<byte> _bytes = new(message);

    /// <summary>How a field's value is written.</summary>
    public enum Kind
    {
        Varint = 0,
        Fixed64 = 1,
        Bytes = 2,
        Fixed32 = 5,
    }

    /// <summary>False at the end of the message.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public bool Next(out int field, out Kind kind)
    {
        if (_bytes.End)
        {
            (field, kind) = (0, default);
            return false;
        }

        var tag = Varint();
        (field, kind) = ((int)(tag >> 3), (Kind)(tag & 7));
        if (tag > uint.MaxValue || field == 0
            || kind is not (Kind.Varint or Kind.Fixed64 or Kind.Bytes or Kind.Fixed32))
        {
            throw new InvalidDataException($"no field begins at byte {_bytes.Consumed}");
        }

        return true;
    }

    /// <summary>The next of packed varints; false behind the last.</summary>
    public bool NextPacked(out ulong value)
    {
        if (_bytes.End)
        {
            value = 0;
            return false;
        }

        value = Varint();
        return true;
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < VarintBitsMax; shift += 7)
        {
            if (!_bytes.TryRead(out var part))
            {
                throw Short();
            }

            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException($"the number before byte {_bytes.Consumed} has more than 64 bits");
    }

    public uint Fixed32() => _bytes.TryReadLittleEndian(out int value) ? (uint)value : throw Short();

    public ulong Fixed64() => _bytes.TryReadLittleEndian(out long value) ? (ulong)value : throw Short();

    /// <summary>The bytes of a text, a message or packed numbers, where they lie.</summary>
    public ReadOnlySequence<byte> Bytes()
    {
        var length = Varint();
        if (length > (ulong)_bytes.Remaining)
        {
            throw Short();
        }

        _bytes.TryReadExact((int)length, out var bytes);
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are no UTF-8.</exception>
    public string Text()
    {
        try
        {
            return _strict.GetString(Bytes());
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException($"the text before byte {_bytes.Consumed} is not UTF-8");
        }
    }

    /// <summary>Passes over a value that nobody wants.</summary>
    public void Skip(Kind kind)
    {
        switch (kind)
        {
            case Kind.Varint:
                Varint();
                break;
            case Kind.Fixed64:
                Fixed64();
                break;
            case Kind.Bytes:
                Bytes();
                break;
            case Kind.Fixed32:
                Fixed32();
                break;
        }
    }

    private readonly InvalidDataException Short() => new($"it ends within a value, at byte {_bytes.Consumed}");
}
