using System.Collections.Immutable;

namespace ScoringCluster.Core;

/// <summary>What is taken for granted of a model without a manifest.</summary>
internal static class ManifestAssumption
{
    public static ModelManifest From(ModelSignature signature)
    {
        var errors = new List<string>();
        var input = ImageInput(signature, errors);
        var (output, classes) = ScoreOutput(signature, errors);
        return errors.Count == 0
            ? new ModelManifest { Assumed = true, Input = input!, Output = output, Classes = classes }
            : throw new ManifestException(
                [$"there is none (scoring.json) and signature '{signature.Name}' says too little", .. errors]);
    }

    private static ManifestInput? ImageInput(ModelSignature signature, List<string> errors)
    {
        if (signature.Inputs is not [var spec])
        {
            errors.Add($"it has {signature.Inputs.Length} inputs, an image goes into a single one");
            return null;
        }

        var shape = spec.Shape;
        if (spec.Type is not (ElementType.Float32 or ElementType.UInt8)
            || !shape.HasRank || shape.Rank != 4 || shape[1] < 1 || shape[2] < 1 || shape[3] is not (1 or 3)
            || Math.Max(shape[1], shape[2]) > Limits.ManifestImageSideMax)
        {
            errors.Add($"its input {spec} is no image of known size: FP32 or UINT8 [N,height,width,1 or 3]");
            return null;
        }

        return new ManifestInput
        {
            Kind = ManifestInputKind.Image,
            Tensor = spec.Name,
            Height = (int)shape[1],
            Width = (int)shape[2],
            Channels = (int)shape[3],
            Scale = spec.Type == ElementType.UInt8 ? 1 : 1 / 255.0,
        };
    }

    private static (ManifestOutput Output, ImmutableArray<string> Classes) ScoreOutput(
        ModelSignature signature, List<string> errors)
    {
        if (signature.Outputs is not [var spec])
        {
            errors.Add($"it has {signature.Outputs.Length} outputs, the scores are taken from a single one");
            return (new ManifestOutput(), []);
        }

        if (!spec.Type.IsFloating() || !spec.Shape.HasRank || spec.Shape.Rank != 2
            || spec.Shape[1] is < 1 or > Limits.ManifestClassesMax)
        {
            errors.Add($"its output {spec} holds no scores of a known number of classes: floating [N,classes]");
            return (new ManifestOutput(), []);
        }

        // One column is the probability of the second of two classes.
        var count = Math.Max((int)spec.Shape[1], 2);
        return (new ManifestOutput { Tensor = spec.Name }, [.. Enumerable.Range(0, count).Select(i => i.ToString())]);
    }
}
