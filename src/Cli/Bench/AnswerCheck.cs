using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench;

/// <summary>Whether an answer holds the right numbers: a fast server of wrong ones is no yardstick.</summary>
internal static class AnswerCheck
{
    /// <summary>Batches of other sizes round otherwise, by about this much.</summary>
    private const float Tolerance = 1e-3f;

    /// <exception cref="BenchFailedException">It does not.</exception>
    public static void Require(string what, IReadOnlyList<float[]> expected, IReadOnlyList<float[]> actual)
    {
        if (expected.Count != actual.Count)
        {
            throw new BenchFailedException($"{what} answered {actual.Count} outputs; {expected.Count} were expected.");
        }

        for (var i = 0; i < expected.Count; i++)
        {
            if (expected[i].Length != actual[i].Length)
            {
                throw new BenchFailedException(
                    $"{what} answered {actual[i].Length} numbers in output {i}; {expected[i].Length} were expected.");
            }

            for (var j = 0; j < expected[i].Length; j++)
            {
                if (!(Math.Abs(expected[i][j] - actual[i][j]) <= Tolerance * Math.Max(1, Math.Abs(expected[i][j]))))
                {
                    throw new BenchFailedException(
                        $"{what} answered {actual[i][j]} where {expected[i][j]} was expected (output {i}, {j}).");
                }
            }
        }
    }

    /// <summary>Elements of any type as floats.</summary>
    public static float[] ToFloats(ReadOnlySpan<byte> bytes, ElementType type) => type switch
    {
        ElementType.Bool or ElementType.UInt8 => Each<byte>(bytes, v => v),
        ElementType.UInt16 => Each<ushort>(bytes, v => v),
        ElementType.UInt32 => Each<uint>(bytes, v => v),
        ElementType.UInt64 => Each<ulong>(bytes, v => v),
        ElementType.Int8 => Each<sbyte>(bytes, v => v),
        ElementType.Int16 => Each<short>(bytes, v => v),
        ElementType.Int32 => Each<int>(bytes, v => v),
        ElementType.Int64 => Each<long>(bytes, v => v),
        ElementType.Float16 => Each<Half>(bytes, v => (float)v),
        ElementType.BFloat16 => Each<ushort>(bytes, v => BitConverter.UInt32BitsToSingle((uint)v << 16)),
        ElementType.Float32 => Each<float>(bytes, v => v),
        ElementType.Float64 => Each<double>(bytes, v => (float)v),
        ElementType.Bytes => throw new ArgumentException("Texts are no numbers.", nameof(type)),
    };

    private static float[] Each<T>(ReadOnlySpan<byte> bytes, Func<T, float> convert)
        where T : unmanaged
    {
        var values = new float[bytes.Length / Unsafe.SizeOf<T>()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = convert(MemoryMarshal.Read<T>(bytes[(i * Unsafe.SizeOf<T>())..]));
        }

        return values;
    }
}
