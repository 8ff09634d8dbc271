using ScoringCluster.Contracts.Replicas;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>What the server says of itself and of models, the same over HTTP and gRPC.</summary>
internal static class OipServer
{
    public const string Name = "scoringcluster";

    public const string Platform = "tensorflow_savedmodel";

    public static string Version { get; } = typeof(OipServer).Assembly.GetName().Version!.ToString(3);

    /// <summary>Only what works: clients do not probe further.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["binary_tensor_data"];

    /// <summary>What a client cannot know from the tensors: how pixels become them, and what exactly runs.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Properties(ReplicaReport report)
    {
        yield return new("digest", report.Digest);
        yield return new("engine", report.Engine);
        if (report.ManifestJson is { } manifest)
        {
            yield return new("scoring.json", manifest);
        }
    }
}
