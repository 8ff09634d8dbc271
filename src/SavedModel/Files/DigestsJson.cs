using System.Text.Json.Serialization;

namespace ScoringCluster.SavedModel.Files;

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ModelDigests))]
internal sealed partial class DigestsJson : JsonSerializerContext;
