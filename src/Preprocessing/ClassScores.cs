using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing;

/// <summary>A model's output as probabilities by class.</summary>
public sealed class ClassScores
{
    private readonly ModelManifest _manifest;

    /// <exception cref="ManifestException">The manifest's output or classes do not fit the signature.</exception>
    public ClassScores(ModelManifest manifest, ModelSignature signature)
    {
        _manifest = manifest;
        Output = signature.FindOutput(manifest.Output.Tensor)
            ?? throw new ManifestException([$"$.output.tensor: the signature has no output '{manifest.Output.Tensor}'"]);
        if (Problem(manifest, Output) is { } problem)
        {
            throw new ManifestException([problem]);
        }
    }

    /// <summary>Names in the order of the scores.</summary>
    public IReadOnlyList<string> Classes => _manifest.Classes;

    /// <summary>The output that holds the scores.</summary>
    public TensorSpec Output { get; }

    /// <summary>One row's probabilities, one a class.</summary>
    /// <param name="tensor">The output <see cref="Output"/> of a call.</param>
    /// <returns>Index of the predicted class: the largest, or by the threshold where there are two and one is set.</returns>
    public int Read(Tensor tensor, int row, Span<float> scores)
    {
        var width = (int)(tensor.Shape.ElementCount() / Math.Max(1, tensor.Shape[0]));
        var values = tensor.Values<float>().Slice(row * width, width);
        if (width == 1)
        {
            // One number is the second class's: what a sigmoid says of "yes".
            var yes = _manifest.Output.Kind == OutputKind.Logits ? 1 / (1 + MathF.Exp(-values[0])) : values[0];
            (scores[0], scores[1]) = (1 - yes, yes);
        }
        else
        {
            values.CopyTo(scores);
            if (_manifest.Output.Kind == OutputKind.Logits)
            {
                Softmax(scores[..width]);
            }
        }

        if (_manifest.Threshold is { } threshold && Classes.Count == 2)
        {
            return scores[1] >= threshold ? 1 : 0;
        }

        var best = 0;
        for (var i = 1; i < Classes.Count; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }

    internal static string? Problem(ModelManifest manifest, TensorSpec output)
    {
        if (output.Type != ElementType.Float32)
        {
            return $"$.output.tensor: '{output.Name}' is {output.Type.ProtocolName()}; scores are FP32";
        }

        if (!output.Shape.HasRank || output.Shape.Rank is 0 or > 2 || (output.Shape.Rank == 2 && output.Shape[1] < 1))
        {
            return $"$.output.tensor: '{output.Name}' has the shape {output.Shape}; [N,classes] or [N] is expected";
        }

        var width = output.Shape.Rank == 1 ? 1 : output.Shape[1];
        var expected = width == 1 ? 2 : width;
        return manifest.Classes.Count == expected
            ? null
            : $"$.classes: {manifest.Classes.Count} names for output '{output.Name}' {output.Shape}; {expected} are expected";
    }

    private static void Softmax(Span<float> scores)
    {
        var max = float.NegativeInfinity;
        foreach (var score in scores)
        {
            max = MathF.Max(max, score);
        }

        var sum = 0f;
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = MathF.Exp(scores[i] - max);
            sum += scores[i];
        }

        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] /= sum;
        }
    }
}
