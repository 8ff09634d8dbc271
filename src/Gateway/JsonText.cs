using System.Text.Encodings.Web;
using System.Text.Json;

namespace ScoringCluster.Gateway;

/// <summary>How JSON is written here: characters stand as they are, not as escapes.</summary>
internal static class JsonText
{
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
