using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace ScoringCluster.Engine.Onnx;

/// <summary>ONNX Runtime's errors in terms of the SavedModel.</summary>
internal static partial class OnnxErrors
{
    private const int MessageLengthMax = 400;

    /// <summary>The SavedModel's node that the error names; null where it names none.</summary>
    public static string? Where(OnnxRuntimeException error, IReadOnlyDictionary<string, string> origins) =>
        NodeName().Match(error.Message) is { Success: true } match ? origins.GetValueOrDefault(match.Groups[1].Value)
            : null;

    /// <summary>One line, shortened.</summary>
    public static string Line(OnnxRuntimeException error)
    {
        var line = error.Message.ReplaceLineEndings(" ").Trim();
        return line.Length <= MessageLengthMax ? line : line[..MessageLengthMax] + "…";
    }

    public static string Explain(OnnxRuntimeException error, IReadOnlyDictionary<string, string> origins) =>
        Where(error, origins) is { } where ? $"{where}: {Line(error)}" : Line(error);

    // "Name:'n3'", "node with name 'n3'", "Node (n3)"; a fused node keeps the name of its first part and a suffix.
    // A convolution in the processor's own layout has that of its output: "Name:'/3_nchwc'".
    [GeneratedRegex(@"\b(?:[Nn]ame|[Nn]ode):? ?['(]?(n\d+|/\d+)")]
    private static partial Regex NodeName();
}
