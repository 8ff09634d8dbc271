using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>One operation of a <see cref="FlatGraph"/>.</summary>
public sealed class FlatNode
{
    public FlatNode(string name, string op, IReadOnlyList<FlatEdge> inputs, FlatAttributes attributes)
    {
        Name = name;
        Op = op;
        Inputs = inputs;
        Attributes = attributes;
    }

    /// <summary>
    /// Unique in the graph: the path of call nodes that led here, then the node's own name. It holds the layer's name
    /// as the exporter wrote it, so errors name it.
    /// </summary>
    public string Name { get; }

    /// <summary>TensorFlow's op type; <c>Const</c> and <c>Placeholder</c> included.</summary>
    public string Op { get; }

    /// <summary>Data inputs in order; control inputs are gone.</summary>
    public IReadOnlyList<FlatEdge> Inputs { get; }

    /// <summary>Attributes, with the OpDef's defaults where the exporter stripped them.</summary>
    public FlatAttributes Attributes { get; }

    /// <summary>The value of a <c>Const</c> (also of a variable's read); null for every other op.</summary>
    public ConstantTensor? Constant { get; init; }

    /// <summary>Shapes of the outputs where the exporter wrote <c>_output_shapes</c>; empty where it did not.</summary>
    public IReadOnlyList<TensorShape> OutputShapes { get; init; } = [];

    public override string ToString() => $"{Name} ({Op})";
}
