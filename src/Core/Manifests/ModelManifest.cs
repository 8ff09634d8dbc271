using System.Collections.Immutable;

namespace ScoringCluster.Core;

/// <summary>
/// What a model's <c>scoring.json</c> says: how raw input becomes tensors and what the output means. Trainer, online
/// scoring and archive jobs read the same one, so that they cannot differ.
/// </summary>
public sealed record ModelManifest
{
    /// <summary>The only value of <c>format</c> that this version reads and writes.</summary>
    public const int Format = 1;

    /// <summary>The only task that is known.</summary>
    public const string Classification = "classification";

    public string Task { get; init; } = Classification;

    /// <summary>Names in the order of the output's columns, distinct; empty where the manifest names none.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    public required ManifestInput Input { get; init; }

    public ManifestOutput Output { get; init; } = new();

    /// <summary>
    /// With two classes: the second is predicted from this probability on. Null: the most probable class is.
    /// </summary>
    public double? Threshold { get; init; }

    public ManifestTraining? Training { get; init; }

    public ManifestBaseline? Baseline { get; init; }

    /// <summary>True when <see cref="Assume"/> made it up from the signature; answers say so.</summary>
    public bool Assumed { get; init; }

    /// <summary>
    /// Reads <c>scoring.json</c>. Unknown properties are errors: a misspelt one would silently change scores.
    /// </summary>
    /// <exception cref="ManifestException">Lists everything that is wrong with it.</exception>
    public static ModelManifest Parse(string json) => ManifestParser.Parse(json);

    /// <summary>
    /// The manifest of a classifier that has none: its single input [N,H,W,1|3] takes images resized to H×W (bilinear)
    /// and divided by 255 (not where it is UINT8), its single output [N,k] holds the probabilities of classes 0..k−1.
    /// </summary>
    /// <exception cref="ManifestException">The signature is not of that form.</exception>
    public static ModelManifest Assume(ModelSignature signature) => ManifestAssumption.From(signature);

    /// <summary>The manifest as <c>scoring.json</c>, whole and always in the same order.</summary>
    public string ToJson() => ManifestWriter.Write(this);
}
