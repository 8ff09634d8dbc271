using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>A value of the ONNX graph and what is known of it while translating.</summary>
/// <param name="Name">Its name in the ONNX graph.</param>
internal sealed record OnnxValue(string Name, ElementType Type, TensorShape Shape)
{
    /// <summary>The value itself, where it is a constant.</summary>
    public ConstantTensor? Constant { get; init; }

    /// <summary>
    /// Elements of a small integer tensor (a shape, an axis list) in row-major order; null for those that follow from
    /// the data, as the batch size does.
    /// </summary>
    public IReadOnlyList<long?>? Elements { get; init; }

    /// <summary>All elements, where every one is known.</summary>
    public long[]? KnownElements => Elements is { } elements && elements.All(e => e is not null)
        ? [.. elements.Select(e => e!.Value)]
        : null;
}
