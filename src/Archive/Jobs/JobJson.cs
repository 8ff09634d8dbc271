using System.Text.Json.Serialization;
using ScoringCluster.Archive.Shards;

namespace ScoringCluster.Archive.Jobs;

/// <summary>The JSON files of a job folder.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    UseStringEnumConverter = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JobPins))]
[JsonSerializable(typeof(ShardPlan))]
[JsonSerializable(typeof(ShardClaim))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(JobProgress))]
[JsonSerializable(typeof(JobManifest))]
internal sealed partial class JobJson : JsonSerializerContext;
