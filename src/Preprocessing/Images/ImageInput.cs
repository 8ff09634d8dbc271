using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>Finds the input that images go into and holds the manifest to it.</summary>
internal static class ImageInput
{
    /// <exception cref="ManifestException">Lists why they do not fit.</exception>
    public static TensorSpec Of(ModelManifest manifest, ModelSignature signature)
    {
        var input = manifest.Input;
        if (input.Kind != ManifestInputKind.Image)
        {
            throw new ManifestException("$.input.kind: the model takes table rows, not images");
        }

        var spec = Find(input, signature);
        var errors = new List<string>();
        if (spec.Type is not (ElementType.Float32 or ElementType.UInt8))
        {
            errors.Add($"$.input.tensor: images go into FP32 or UINT8, and the signature has {spec}");
        }

        if (spec.Type == ElementType.UInt8 && (input.Scale != 1 || !input.Mean.IsDefault || !input.Std.IsDefault))
        {
            errors.Add($"$.input.scale: {spec} takes pixels of 0 to 255 as they are, without scale, mean or std");
        }

        var shape = Shape(input, spec);
        if (!spec.Shape.Accepts(shape))
        {
            errors.Add($"$.input: {input.Height}×{input.Width}×{input.Channels} does not fit the signature's {spec}");
        }

        if ((long)input.Height * input.Width * input.Channels * spec.Type.Size() > Limits.RequestBytesMax)
        {
            errors.Add($"$.input: one image would take more than the {Limits.RequestBytesMax} bytes of a request");
        }

        return errors.Count == 0 ? spec with { Shape = shape } : throw new ManifestException(errors);
    }

    public static int RowBytes(ManifestInput input, ElementType type) =>
        input.Height * input.Width * input.Channels * type.Size();

    private static TensorSpec Find(ManifestInput input, ModelSignature signature)
    {
        var spec = input.Tensor is { } name ? signature.FindInput(name) : signature.Inputs.FirstOrDefault();
        return spec is not null && signature.Inputs.Length == 1
            ? spec
            : throw new ManifestException(
                $"$.input.tensor: expected {(input.Tensor is null ? "one" : $"'{input.Tensor}'")} as the only input, "
                + $"signature '{signature.Name}' has {string.Join(", ", signature.Inputs)}");
    }

    /// <summary>Grey images also go into [N,height,width], which digit classifiers like to take.</summary>
    private static TensorShape Shape(ManifestInput input, TensorSpec spec) =>
        spec.Shape is { HasRank: true, Rank: 3 } && input.Channels == 1
            ? TensorShape.Of(TensorShape.Any, input.Height, input.Width)
            : TensorShape.Of(TensorShape.Any, input.Height, input.Width, input.Channels);
}
