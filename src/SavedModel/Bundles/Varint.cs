namespace ScoringCluster.SavedModel.Bundles;

/// <summary>Integers in groups of seven bits, the lowest first.</summary>
internal static class Varint
{
    private const int BitsMax = 64;

    /// <summary>Reads one number and moves <paramref name="bytes"/> behind it.</summary>
    public static ulong Read(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; shift < BitsMax; shift += 7)
        {
            if (bytes.IsEmpty)
            {
                throw new InvalidDataException("corrupt: a number is cut off");
            }

            var group = bytes[0];
            bytes = bytes[1..];
            value |= (ulong)(group & 0x7f) << shift;
            if (group < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("corrupt: a number is too long");
    }
}
