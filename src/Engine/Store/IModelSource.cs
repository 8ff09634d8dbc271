using ScoringCluster.Core;

namespace ScoringCluster.Engine.Store;

/// <summary>Where versions of models come from.</summary>
public interface IModelSource
{
    /// <summary>Every version that can be seen now, by name and version.</summary>
    IReadOnlyList<StoredVersion> List();

    /// <summary>A version's files; null where there is none.</summary>
    ModelPackage? Find(ModelRef model);
}

/// <summary>A version that a source has.</summary>
/// <param name="Fingerprint">Differs when the version's files do: cheap to make, and no digest of their bytes.</param>
public sealed record StoredVersion(ModelRef Model, string Fingerprint);
