namespace ScoringCluster.SavedModel;

/// <summary>The contents of <c>digests.json</c>.</summary>
/// <param name="Files">Every file of the model but this one, sorted by path.</param>
/// <param name="Digest">The model's digest; see <see cref="SavedModelDigest"/>.</param>
public sealed record ModelDigests(IReadOnlyList<FileDigest> Files, string Digest);

/// <summary>One file of a model: its relative path with forward slashes, its bytes, its SHA-256.</summary>
public sealed record FileDigest(string Path, long Size, string Sha256);
