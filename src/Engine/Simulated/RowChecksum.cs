using System.Buffers.Binary;
using System.Numerics;

namespace ScoringCluster.Engine.Simulated;

/// <summary>
/// What a simulated device answers to a row: 64 bits of its bytes and of nothing else, so that a row answered with
/// another's checksum shows, wherever and in whatever batch it ran.
/// </summary>
public static class RowChecksum
{
    private const ulong First = 0x9E37_79B9_7F4A_7C15;
    private const ulong Second = 0xC2B2_AE3D_27D4_EB4F;

    /// <param name="row">The row's bytes, as the tensor holds them.</param>
    /// <param name="seed">The checksum of the row's input before this one; 0 for the first.</param>
    public static long Of(ReadOnlySpan<byte> row, long seed = 0)
    {
        // Eight bytes at a time: a checksum byte by byte would cost more than the whole way through the cluster.
        var hash = (ulong)seed ^ ((ulong)row.Length * First);
        for (; row.Length >= sizeof(ulong); row = row[sizeof(ulong)..])
        {
            hash = Add(hash, BinaryPrimitives.ReadUInt64LittleEndian(row));
        }

        var rest = 0UL;
        for (var i = 0; i < row.Length; i++)
        {
            rest |= (ulong)row[i] << (8 * i);
        }

        return (long)Mix(Add(hash, rest));
    }

    /// <summary>Every bit of the result depends on every bit given.</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        value = (value ^ (value >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return value ^ (value >> 33);
    }

    private static ulong Add(ulong hash, ulong word) =>
        BitOperations.RotateLeft(hash ^ (word * First), 31) * Second;
}
