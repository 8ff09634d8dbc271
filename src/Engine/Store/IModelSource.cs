using ScoringCluster.Core;

namespace ScoringCluster.Engine.Store;

/// <summary>Where versions of models come from.</summary>
public interface IModelSource
{
    /// <summary>Every version that can be seen now, by name and version.</summary>
    IReadOnlyList<ModelRef> List();

    /// <summary>A version's files; null where there is none.</summary>
    ModelPackage? Find(ModelRef model);
}
