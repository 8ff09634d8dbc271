using System.Buffers.Binary;
using System.Numerics;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>The checksum of tables and tensors: CRC-32C, stored masked.</summary>
internal struct Crc32C
{
    private uint _state;

    public Crc32C() => _state = uint.MaxValue;

    /// <summary>As files store it: rotated and offset, so that a checksum of checksums does not degenerate.</summary>
    public readonly uint Masked
    {
        get
        {
            var value = ~_state;
            return ((value >> 15) | (value << 17)) + 0xa282ead8;
        }
    }

    public static uint Mask(ReadOnlySpan<byte> bytes)
    {
        var crc = new Crc32C();
        crc.Append(bytes);
        return crc.Masked;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        _state = state;
    }
}
