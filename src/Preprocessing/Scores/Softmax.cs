using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Scores;

/// <summary>exp(x − max) / Σ exp(x − max), in double.</summary>
internal static class Softmax
{
    public static void Apply(ReadOnlySpan<byte> row, ElementType type, Span<float> probabilities)
    {
        var max = double.NegativeInfinity;
        for (var i = 0; i < probabilities.Length; i++)
        {
            max = Math.Max(max, FloatingElements.Read(row, type, i));
        }

        var sum = 0.0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            sum += Math.Exp(FloatingElements.Read(row, type, i) - max);
        }

        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = (float)(Math.Exp(FloatingElements.Read(row, type, i) - max) / sum);
        }
    }
}
