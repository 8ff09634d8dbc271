using System.Collections.Immutable;
using ScoringCluster.Core;
using ScoringCluster.Preprocessing;

namespace ScoringCluster.Archive.Rows;

/// <summary>Images in, probabilities by class out, as a model's manifest says.</summary>
public sealed class ImageCodec : IRowCodec
{
    private readonly ImagePreprocessor _images;
    private readonly ClassScores _scores;

    /// <exception cref="ManifestException">The manifest does not fit the signature.</exception>
    public ImageCodec(ModelManifest manifest, ModelSignature signature)
    {
        _images = new ImagePreprocessor(manifest, signature);
        _scores = new ClassScores(manifest, signature);
        Manifest = manifest;
        Signature = signature;
    }

    public ModelManifest Manifest { get; }

    public ModelSignature Signature { get; }

    public TensorSpec Input => _images.Input;

    public int RowBytes => _images.RowBytes;

    public ImmutableArray<string> Classes => _scores.Classes;

    /// <summary>
    /// The signature that takes images: the default one where it fits, else the first. Without a manifest one is
    /// assumed.
    /// </summary>
    /// <returns>The codec, or a fault that says why each signature does not fit.</returns>
    public static (ImageCodec? Codec, ScoringFault? Fault) Choose(
        string? manifestJson, IEnumerable<ModelSignature> signatures)
    {
        var problems = new List<string>();
        foreach (var signature in signatures.OrderBy(s => s.Name == ModelSignature.Default ? 0 : 1))
        {
            try
            {
                if (!signature.Batched)
                {
                    throw new ManifestException(["its first axis is no batch axis"]);
                }

                var manifest = manifestJson is null
                    ? ModelManifest.Assume(signature)
                    : ModelManifest.Parse(manifestJson);
                return (new ImageCodec(manifest, signature), null);
            }
            catch (ManifestException exception)
            {
                problems.Add($"signature '{signature.Name}': {exception.Message}");
            }
        }

        return (null, new ScoringFault(
            FaultKind.RequestInvalid, $"The model takes no images: {string.Join("; ", problems)}"));
    }

    public ScoringFault? Encode(ReadOnlySpan<byte> file, Span<byte> row) => _images.Read(file, row);

    public ScoringFault? Decode(ImmutableArray<Tensor> outputs, int row, Span<float> scores, out int predicted) =>
        _scores.Read(outputs[_scores.OutputIndex], row, scores, out predicted);
}
