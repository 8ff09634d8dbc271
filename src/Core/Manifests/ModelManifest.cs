using System.Text.Json;
using System.Text.Json.Nodes;

namespace ScoringCluster.Core;

/// <summary>
/// How pixels become a model's input and its output becomes classes: the file <c>scoring.json</c>.
/// </summary>
public sealed record ModelManifest
{
    /// <summary>The version of the file's format that is read and written.</summary>
    public const int Format = 1;

    /// <summary>Names of the classes in the output's order; empty for a regression.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    public required ManifestInput Input { get; init; }

    public required ManifestOutput Output { get; init; }

    /// <summary>Probability from which a two-class model says yes; null for the larger one.</summary>
    public double? Threshold { get; init; }

    /// <summary>True where no manifest was given and the usual is assumed; answers say so.</summary>
    public bool Assumed { get; init; }

    /// <exception cref="ManifestException">Lists everything that is wrong with the text, each with its place.</exception>
    public static ModelManifest Parse(string json) => new ManifestParser().Parse(json);

    /// <summary>
    /// The manifest of a model that has none: its one image input [N,H,W,1|3], pixels divided by 255 (bytes as they
    /// are), classes 0…k−1.
    /// </summary>
    /// <exception cref="ManifestException">The signature has no such input or no output [N,k].</exception>
    public static ModelManifest Assume(ModelSignature signature)
    {
        var input = signature.Inputs.Length == 1 ? signature.Inputs[0] : null;
        if (input is null || !input.Shape.HasRank || input.Shape.Rank != 4 || input.Shape[1] <= 0 || input.Shape[2] <= 0
            || input.Shape[3] is not (1 or 3) || input.Type is not (ElementType.Float32 or ElementType.UInt8))
        {
            throw new ManifestException([
                $"Signature '{signature.Name}' does not take one image [N,height,width,1 or 3] of FP32 or UINT8, so a manifest (scoring.json) has to say how pixels become its inputs."]);
        }

        var output = signature.Outputs.FirstOrDefault(o => o.Shape.HasRank && o.Shape.Rank == 2 && o.Shape[1] > 0 && o.Type == ElementType.Float32)
            ?? throw new ManifestException([
                $"Signature '{signature.Name}' has no output [N,classes] of FP32, so a manifest (scoring.json) has to say which output holds the scores."]);
        var classes = output.Shape[1] == 1 ? 2 : output.Shape[1];
        return new ModelManifest
        {
            Classes = [.. Enumerable.Range(0, (int)classes).Select(i => $"{i}")],
            Input = new ManifestInput
            {
                Tensor = input.Name,
                Height = (int)input.Shape[1],
                Width = (int)input.Shape[2],
                Channels = (int)input.Shape[3],
                Resize = ResizeMethod.Bilinear,
                Scale = input.Type == ElementType.UInt8 ? 1 : 1 / 255.0,
            },
            Output = new ManifestOutput(output.Name, OutputKind.Probabilities),
            Assumed = true,
        };
    }

    /// <summary>The text of the file; reading it gives the same manifest.</summary>
    public string ToJson() => new JsonObject
    {
        ["format"] = Format,
        ["task"] = "classification",
        ["classes"] = new JsonArray([.. Classes.Select(c => (JsonNode)c)]),
        ["input"] = new JsonObject
        {
            ["kind"] = "image",
            ["tensor"] = Input.Tensor,
            ["height"] = Input.Height,
            ["width"] = Input.Width,
            ["channels"] = Input.Channels,
            ["resize"] = ManifestParser.Name(Input.Resize),
            ["scale"] = Input.Scale,
            ["mean"] = Numbers(Input.Mean),
            ["std"] = Numbers(Input.Std),
        },
        ["output"] = new JsonObject { ["tensor"] = Output.Tensor, ["kind"] = ManifestParser.Name(Output.Kind) },
        ["threshold"] = Threshold,
    }.ToJsonString(new JsonSerializerOptions(JsonSerializerOptions.Default) { WriteIndented = true });

    private static JsonArray? Numbers(IReadOnlyList<double>? values) =>
        values is null ? null : new JsonArray([.. values.Select(v => (JsonNode)v)]);
}

/// <summary>What an image becomes: decoded, resized, (value · scale − mean) / std.</summary>
public sealed record ManifestInput
{
    /// <summary>The signature's input.</summary>
    public required string Tensor { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public required int Channels { get; init; }

    public ResizeMethod Resize { get; init; }

    /// <summary>What pixel values 0…255 are multiplied by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Subtracted after scaling, one a channel; null for none.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>Divided by after that, one a channel; null for none.</summary>
    public IReadOnlyList<double>? Std { get; init; }
}

/// <summary>Which output holds the scores, and what they are.</summary>
public sealed record ManifestOutput(string Tensor, OutputKind Kind);

/// <summary>How a picture gets another size; each as TensorFlow's <c>tf.image.resize</c> of that name.</summary>
public enum ResizeMethod
{
    /// <summary>Half-pixel centres, no antialiasing.</summary>
    Bilinear,
    Nearest,

    /// <summary>The mean of the source area that a target pixel covers.</summary>
    Area,
}

/// <summary>What the output's numbers are.</summary>
public enum OutputKind
{
    Probabilities,

    /// <summary>Softmax makes them probabilities; the logistic function where there is one.</summary>
    Logits,
}
