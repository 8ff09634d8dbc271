using ScoringCluster.Core;

namespace ScoringCluster.Engine.Store;

/// <summary>A version as files.</summary>
/// <param name="Folder">The SavedModel folder itself: holds <c>saved_model.pb</c>.</param>
/// <param name="ManifestFile">Its <c>scoring.json</c>; null where it has none.</param>
public sealed record ModelPackage(ModelRef Model, string Folder, string? ManifestFile);
