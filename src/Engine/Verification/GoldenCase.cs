using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Verification;

/// <summary>
/// A model with recorded calls: <c>saved_model/</c>, <c>case.json</c> (inputs, expected outputs, tolerance) and one raw
/// little-endian file a tensor.
/// </summary>
public sealed class GoldenCase
{
    private readonly Expectation _expectation;
    private readonly IReadOnlyDictionary<string, Expectation> _bySignature;

    private GoldenCase(string folder, JsonElement root)
    {
        Folder = folder;
        Name = root.GetProperty("name").GetString()!;
        Tags = [.. root.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!)];
        Calls = [.. root.GetProperty("calls").EnumerateArray().Select((call, i) => GoldenCall.Read(i, call))];
        _expectation = root.TryGetProperty("embedded", out var embedded) ? Parse(embedded) : Expectation.Must;
        _bySignature = root.TryGetProperty("embedded_by_signature", out var map)
            ? map.EnumerateObject().ToDictionary(p => p.Name, p => Parse(p.Value))
            : new Dictionary<string, Expectation>();
    }

    public string Folder { get; }

    public string Name { get; }

    public string SavedModel => Path.Combine(Folder, "saved_model");

    public IReadOnlyList<string> Tags { get; }

    public IReadOnlyList<GoldenCall> Calls { get; }

    /// <exception cref="InvalidDataException">There is no readable <c>case.json</c>; the message names the
    /// folder.</exception>
    public static GoldenCase Read(string folder)
    {
        var file = Path.Combine(folder, "case.json");
        if (!File.Exists(file))
        {
            throw new InvalidDataException($"{folder} is no case: it has no case.json.");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return new GoldenCase(folder, document.RootElement);
        }
        catch (Exception e) when (
            e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the embedded engine has to do with a signature.</summary>
    public Expectation ExpectationOf(string signature) => _bySignature.GetValueOrDefault(signature, _expectation);

    /// <summary>The tensor's recorded value; the caller owns it.</summary>
    /// <exception cref="InvalidDataException">The file is missing or does not have the declared shape's
    /// size.</exception>
    public Tensor ReadTensor(GoldenTensor tensor)
    {
        var file = Path.Combine(Folder, tensor.File);
        if (!File.Exists(file))
        {
            throw new InvalidDataException($"{file} is missing.");
        }

        var bytes = File.ReadAllBytes(file);
        var expected = tensor.Type == ElementType.Bytes ? bytes.Length
            : tensor.Shape.ElementCount() * tensor.Type.Size();
        return bytes.Length == expected
            ? Tensor.Copy<byte>(TensorBlockPool.Shared, tensor.Name, tensor.Type, tensor.Shape, bytes)
            : throw new InvalidDataException(
                $"{file} has {bytes.Length} bytes; {tensor.Type.ProtocolName()}{tensor.Shape} has {expected}.");
    }

    private static Expectation Parse(JsonElement value) => value.GetString() switch
    {
        "must" => Expectation.Must,
        "may_refuse" => Expectation.MayRefuse,
        "must_refuse" => Expectation.MustRefuse,
        var other => throw new FormatException($"'{other}' is no expectation."),
    };
}

/// <summary>What the embedded engine has to do with a case.</summary>
public enum Expectation
{
    /// <summary>Run every call and match.</summary>
    Must,

    /// <summary>Run and match, or refuse naming the op.</summary>
    MayRefuse,

    /// <summary>Refuse naming the op.</summary>
    MustRefuse,
}

/// <summary>One recorded call.</summary>
/// <param name="Index">Position in the file.</param>
public sealed record GoldenCall(
    int Index, string Signature, int Rows, IReadOnlyList<GoldenTensor> Inputs, IReadOnlyList<GoldenTensor> Outputs,
        double Rtol, double Atol)
{
    internal static GoldenCall Read(int index, JsonElement call) => new(
        index,
        call.GetProperty("signature").GetString()!,
        call.GetProperty("rows").GetInt32(),
        [.. call.GetProperty("inputs").EnumerateArray().Select(GoldenTensor.Read)],
        [.. call.GetProperty("outputs").EnumerateArray().Select(GoldenTensor.Read)],
        call.GetProperty("rtol").GetDouble(),
        call.GetProperty("atol").GetDouble());
}

/// <summary>One recorded tensor.</summary>
/// <param name="File">Relative to the case.</param>
public sealed record GoldenTensor(string Name, ElementType Type, TensorShape Shape, string File)
{
    internal static GoldenTensor Read(JsonElement tensor) => new(
        tensor.GetProperty("name").GetString()!,
        ElementTypes.TryParseProtocolName(tensor.GetProperty("dtype").GetString()!, out var type)
            ? type
            : throw new FormatException($"'{tensor.GetProperty("dtype")}' is no element type."),
        TensorShape.Of([.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())]),
        tensor.GetProperty("file").GetString()!);
}
