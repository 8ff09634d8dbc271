using System.Buffers.Binary;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Scores;

/// <summary>Reads elements of the floating types as double.</summary>
internal static class FloatingElements
{
    public static double Read(ReadOnlySpan<byte> row, ElementType type, int index)
    {
        var at = row[(index * type.Size())..];
        return type switch
        {
            ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(at),
            ElementType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(at),
            ElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(at),
            // The upper half of a float.
            ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(at) << 16),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Scores are floating."),
        };
    }
}
