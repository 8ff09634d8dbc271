using ScoringCluster.Core;

namespace ScoringCluster.Engine.Verification;

/// <summary>
/// An output held against what TensorFlow computed: |actual − expected| ≤ atol + rtol·|expected| for floating point,
/// equal for everything else.
/// </summary>
/// <param name="MaxAbsoluteError">Over all elements; 0 for equal tensors, infinite where a value is missing or not a
/// number.</param>
/// <param name="Mismatch">The first element that is off, or the wrong shape or type; null when all agree.</param>
public sealed record GoldenComparison(double MaxAbsoluteError, string? Mismatch)
{
    public static GoldenComparison Compare(Tensor actual, Tensor expected, double rtol, double atol)
    {
        if (actual.Type != expected.Type || actual.Shape != expected.Shape)
        {
            return new(double.PositiveInfinity,
                $"{expected.Name}: expected {expected.Type.ProtocolName()}{expected.Shape}, got "
                + $"{actual.Type.ProtocolName()}{actual.Shape}");
        }

        if (Floats(expected) is not { } wanted || Floats(actual) is not { } got)
        {
            return actual.Bytes.SequenceEqual(expected.Bytes)
                ? new(0, null)
                : new(double.PositiveInfinity, $"{expected.Name}: the elements differ");
        }

        var worst = 0.0;
        string? mismatch = null;
        for (var i = 0; i < wanted.Length; i++)
        {
            var same = wanted[i].Equals(got[i]);
            var error = same ? 0 : Math.Abs(got[i] - wanted[i]);
            worst = Math.Max(worst, double.IsNaN(error) ? double.PositiveInfinity : error);
            if (!same && !(error <= atol + (rtol * Math.Abs(wanted[i]))))
            {
                mismatch ??= $"{expected.Name}[{i}]: expected {wanted[i]}, got {got[i]}";
            }
        }

        return new(worst, mismatch);
    }

    private static double[]? Floats(Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => Convert(tensor.Values<float>(), static x => x),
        ElementType.Float64 => tensor.Values<double>().ToArray(),
        ElementType.Float16 => Convert(tensor.Values<Half>(), static x => (double)x),
        ElementType.BFloat16 => Convert(
            tensor.Values<ushort>(), static x => BitConverter.UInt32BitsToSingle((uint)x << 16)),
        _ => null,
    };

    private static double[] Convert<T>(Span<T> values, Func<T, double> widen)
        where T : unmanaged
    {
        var doubles = new double[values.Length];
        for (var i = 0; i < doubles.Length; i++)
        {
            doubles[i] = widen(values[i]);
        }

        return doubles;
    }
}
