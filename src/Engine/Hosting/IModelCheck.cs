using ScoringCluster.Core;

namespace ScoringCluster.Engine.Hosting;

/// <summary>Something that has to hold of a model before it serves, besides that the engine runs it.</summary>
public interface IModelCheck
{
    /// <returns>Why the model cannot serve; null where it can.</returns>
    string? Check(IReadOnlyList<ModelSignature> signatures, string? manifestJson);
}
