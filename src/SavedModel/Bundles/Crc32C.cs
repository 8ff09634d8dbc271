using System.Numerics;
using System.Runtime.InteropServices;

namespace ScoringCluster.SavedModel.Bundles;

/// <summary>CRC-32C (Castagnoli), and the masked form in which TensorFlow stores it.</summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>Feeds bytes to a running, not yet inverted sum that started at <see cref="uint.MaxValue"/>.</summary>
    public static uint Append(uint running, ReadOnlySpan<byte> bytes)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            running = BitOperations.Crc32C(running, word);
        }

        foreach (var last in bytes[(bytes.Length & ~7)..])
        {
            running = BitOperations.Crc32C(running, last);
        }

        return running;
    }

    /// <summary>A sum over data that holds sums would be weak: stored sums are rotated and shifted by a
    /// constant.</summary>
    public static uint Mask(uint sum) => ((sum >> 15) | (sum << 17)) + MaskDelta;
}
