using System.Collections.Immutable;
using ScoringCluster.Core;
using ScoringCluster.Preprocessing.Scores;

namespace ScoringCluster.Preprocessing;

/// <summary>
/// Turns rows of a classifier's output tensor into probabilities by class and a predicted class, as the manifest says.
/// Thread-safe.
/// </summary>
public sealed class ClassScores
{
    private readonly ScoreKind _kind;
    private readonly double? _threshold;

    /// <exception cref="ManifestException">Manifest and signature do not fit each other; says why.</exception>
    public ClassScores(ModelManifest manifest, ModelSignature signature)
    {
        Output = ScoreOutput(manifest, signature);
        OutputIndex = signature.Outputs.IndexOf(signature.FindOutput(Output.Name)!);
        Classes = ClassesOf(manifest, signature);
        Columns = OutputColumns.Of(Output.Shape) is > 0 and var known ? (int)known : Classes.Length;
        _kind = manifest.Output.Kind;
        _threshold = manifest.Threshold;
    }

    /// <summary>Names of the classes in the order of the scores.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>The output that holds the scores.</summary>
    public TensorSpec Output { get; }

    /// <summary>Its place among the signature's outputs.</summary>
    public int OutputIndex { get; }

    /// <summary>Elements of one row: one a class, or a single one for two classes.</summary>
    public int Columns { get; }

    /// <summary>The manifest's class names; <c>0</c>, <c>1</c>, … where it has none.</summary>
    /// <exception cref="ManifestException">Their number differs from the output's, or cannot be known.</exception>
    public static ImmutableArray<string> ClassesOf(ModelManifest manifest, ModelSignature signature) =>
        OutputColumns.ClassesOf(manifest, ScoreOutput(manifest, signature));

    /// <summary>The output that the manifest names, or the only one.</summary>
    /// <exception cref="ManifestException">There is none, or it cannot hold scores.</exception>
    public static TensorSpec ScoreOutput(ModelManifest manifest, ModelSignature signature) =>
        OutputColumns.Find(manifest, signature);

    /// <summary>
    /// Reads one row of the output: probabilities as they are, logits through softmax; a single column is the
    /// probability (logit: through the sigmoid) of the second of two classes. The predicted class is the most probable
    /// one, the first of equals; with a threshold it is the second class from that probability on.
    /// </summary>
    /// <param name="tensor">The output named <see cref="Output"/> of an execution.</param>
    /// <param name="row">Index along axis 0.</param>
    /// <param name="scores">One a class, in the order of <see cref="Classes"/>.</param>
    /// <param name="predicted">Index of the predicted class.</param>
    /// <returns>Null, or <see cref="FaultKind.ModelFailed"/> where it is no row of scores: other size, NaN.</returns>
    public ScoringFault? Read(Tensor tensor, int row, Span<float> scores, out int predicted)
    {
        var bytes = (int)(tensor.ByteLength / Math.Max(1, tensor.Shape[0]));
        return Read(tensor.Bytes.Slice(row * bytes, bytes), scores, out predicted);
    }

    /// <summary>As the other, for the bytes of one row, elements of <see cref="Output"/>'s type.</summary>
    public ScoringFault? Read(ReadOnlySpan<byte> row, Span<float> scores, out int predicted)
    {
        predicted = 0;
        if (scores.Length != Classes.Length)
        {
            throw new ArgumentException($"There are {Classes.Length} classes, not {scores.Length}.", nameof(scores));
        }

        if (row.Length != Columns * Output.Type.Size())
        {
            return new ScoringFault(
                FaultKind.ModelFailed,
                $"Output '{Output.Name}' has {row.Length / Output.Type.Size()} values a row, expected {Columns}.");
        }

        if (Columns == 1)
        {
            ReadSingle(FloatingElements.Read(row, Output.Type, 0), scores);
        }
        else
        {
            ReadAll(row, scores);
        }

        foreach (var score in scores)
        {
            if (!float.IsFinite(score))
            {
                return new ScoringFault(
                    FaultKind.ModelFailed, $"Output '{Output.Name}' holds {score} where a score is expected.");
            }
        }

        predicted = Predict(scores);
        return null;
    }

    private void ReadSingle(double value, Span<float> scores)
    {
        var probability = _kind == ScoreKind.Logits ? 1 / (1 + Math.Exp(-value)) : value;
        scores[0] = (float)(1 - probability);
        scores[1] = (float)probability;
    }

    private void ReadAll(ReadOnlySpan<byte> row, Span<float> scores)
    {
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = (float)FloatingElements.Read(row, Output.Type, i);
        }

        if (_kind == ScoreKind.Logits)
        {
            Softmax.Apply(row, Output.Type, scores);
        }
    }

    private int Predict(ReadOnlySpan<float> scores)
    {
        if (_threshold is { } threshold)
        {
            return scores[1] >= (float)threshold ? 1 : 0;
        }

        var best = 0;
        for (var i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }
}
