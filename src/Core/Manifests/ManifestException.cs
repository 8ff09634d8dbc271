namespace ScoringCluster.Core;

/// <summary>A manifest is malformed or does not fit its model; the message lists everything that is wrong.</summary>
public sealed class ManifestException(IReadOnlyList<string> problems) : Exception(string.Join("; ", problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
