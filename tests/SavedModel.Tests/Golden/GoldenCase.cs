using System.Text.Json;
using ScoringCluster.Core;
using ScoringCluster.TestKit;

namespace ScoringCluster.SavedModel.Tests.Golden;

/// <summary>A golden model beside the project and what its <c>case.json</c> says of it.</summary>
internal sealed class GoldenCase(string name, JsonElement description)
{
    public string Name => name;

    public string Folder => Path.Combine(SharedData.Models!, name);

    /// <summary>Models without signatures, which are rebuilt from their Keras description.</summary>
    public bool HasSignatures => !name.StartsWith("tfnet_style", StringComparison.Ordinal);

    public static IReadOnlyList<GoldenCase> All()
    {
        if (SharedData.Models is null)
        {
            Assert.Skip(SharedData.Missing);
        }

        return [.. Directory.EnumerateDirectories(SharedData.Models)
            .Where(folder => File.Exists(Path.Combine(folder, "case.json")))
            .Order(StringComparer.Ordinal)
            .Select(Read)];
    }

    /// <summary>Signatures as lines: name, inputs, outputs.</summary>
    public IEnumerable<string> Signatures() => description.GetProperty("signatures").EnumerateObject()
        .Select(signature => $"{signature.Name}: {Tensors(signature.Value, "inputs")} -> "
            + Tensors(signature.Value, "outputs"))
        .Order(StringComparer.Ordinal);

    public string Embedded(string signature) =>
        description.TryGetProperty("embedded_by_signature", out var single)
        && single.TryGetProperty(signature, out var own)
            ? own.GetString()!
            : description.GetProperty("embedded").GetString()!;

    public IReadOnlySet<string> Ops() => description.GetProperty("ops").EnumerateArray()
        .Select(op => op.GetString()!)
        .ToHashSet(StringComparer.Ordinal);

    private static GoldenCase Read(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "case.json")));
        return new GoldenCase(Path.GetFileName(folder), json.RootElement.Clone());
    }

    private static string Tensors(JsonElement signature, string side) => string.Join(", ", signature.GetProperty(side)
        .EnumerateArray()
        .Select(tensor =>
        {
            Assert.True(ElementTypes.TryParseProtocolName(tensor.GetProperty("dtype").GetString()!, out var type));
            return new TensorSpec(tensor.GetProperty("name").GetString()!, type, Shape(tensor.GetProperty("shape")));
        })
        .OrderBy(tensor => tensor.Name, StringComparer.Ordinal));

    private static TensorShape Shape(JsonElement shape) => shape.ValueKind == JsonValueKind.Null
        ? TensorShape.UnknownRank
        : TensorShape.Of([.. shape.EnumerateArray().Select(dimension => dimension.GetInt64())]);
}
