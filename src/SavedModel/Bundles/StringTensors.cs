using System.Buffers.Binary;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>How a checkpoint stores strings: all lengths, a checksum of the lengths, all bytes.</summary>
internal static class StringTensors
{
    /// <summary>Splits the stored bytes into <paramref name="count"/> strings.</summary>
    /// <param name="stored">The tensor's bytes as they lie in the shard.</param>
    /// <param name="count">Elements of the tensor.</param>
    /// <param name="masked">The checksum over everything, to be compared with the entry's.</param>
    /// <exception cref="InvalidDataException">Lengths and bytes do not fit together.</exception>
    public static ReadOnlyMemory<byte>[] Split(ReadOnlyMemory<byte> stored, long count, out uint masked)
    {
        // Every string takes at least the byte of its length.
        if (count > stored.Length)
        {
            throw new InvalidDataException($"corrupt: {count} strings in {stored.Length} bytes");
        }

        var rest = stored.Span;
        var crc = new Crc32C();
        var lengths = new int[count];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < lengths.Length; i++)
        {
            var length = Varint.Read(ref rest);
            if (length > (ulong)rest.Length)
            {
                throw new InvalidDataException($"corrupt: a string of {length} bytes in {stored.Length} bytes");
            }

            lengths[i] = (int)length;
            BinaryPrimitives.WriteUInt64LittleEndian(number, length);
            crc.Append(number[..sizeof(uint)]);
        }

        if (rest.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(rest) != crc.Masked)
        {
            throw new InvalidDataException("corrupt: the checksum of the strings' lengths does not match");
        }

        crc.Append(rest);
        masked = crc.Masked;
        return Cut(stored[^(rest.Length - sizeof(uint))..], lengths);
    }

    private static ReadOnlyMemory<byte>[] Cut(ReadOnlyMemory<byte> bytes, int[] lengths)
    {
        var strings = new ReadOnlyMemory<byte>[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] > bytes.Length)
            {
                throw new InvalidDataException("corrupt: the strings are longer than the stored bytes");
            }

            strings[i] = bytes[..lengths[i]];
            bytes = bytes[lengths[i]..];
        }

        return bytes.IsEmpty
            ? strings
            : throw new InvalidDataException($"corrupt: {bytes.Length} bytes follow the last string");
    }
}
