using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Scores;

/// <summary>Finds the output that holds the scores and holds the manifest's classes to it.</summary>
internal static class OutputColumns
{
    public static TensorSpec Find(ModelManifest manifest, ModelSignature signature)
    {
        var name = manifest.Output.Tensor;
        var spec = name is not null ? signature.FindOutput(name) : signature.Outputs is [var only] ? only : null;
        if (spec is null)
        {
            var got = name is null ? "none is named" : $"there is no '{name}'";
            throw new ManifestException(
                $"$.output.tensor: {got}; signature '{signature.Name}' has {string.Join(", ", signature.Outputs)}");
        }

        return spec.Type.IsFloating() && (!spec.Shape.HasRank || spec.Shape.Rank is 1 or 2)
            ? spec
            : throw new ManifestException($"$.output.tensor: expected floating [N,classes], the signature has {spec}");
    }

    /// <summary>Elements of one row; −1 where the signature leaves it open.</summary>
    public static long Of(TensorShape shape) => !shape.HasRank ? TensorShape.Any : shape.Rank == 1 ? 1 : shape[1];

    public static ImmutableArray<string> ClassesOf(ModelManifest manifest, TensorSpec output)
    {
        var columns = Of(output.Shape);
        var count = columns == 1 ? 2 : columns;
        var classes = manifest.Classes;
        if (classes.Length == 0)
        {
            classes = count is > 0 and <= Limits.ManifestClassesMax
                ? [.. Enumerable.Range(0, (int)count).Select(i => i.ToString())]
                : throw new ManifestException($"$.classes: {output} does not tell how many there are: name them");
        }

        if (count >= 0 && classes.Length != count)
        {
            throw new ManifestException($"$.classes: {classes.Length} are named, and {output} holds {count}");
        }

        return manifest.Threshold is null || classes.Length == 2
            ? classes
            : throw new ManifestException($"$.threshold: decides between two classes, and there are {classes.Length}");
    }
}
