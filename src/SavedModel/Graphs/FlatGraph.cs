using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// One signature as a flat inference graph: functions inlined, variables and captured constants turned into
/// <c>Const</c> nodes, only what the outputs need, in topological order.
/// </summary>
public sealed class FlatGraph
{
    public FlatGraph(
        string signature,
        IReadOnlyList<FlatInput> inputs,
        IReadOnlyList<FlatOutput> outputs,
        IReadOnlyList<FlatNode> nodes)
    {
        Signature = signature;
        Inputs = inputs;
        Outputs = outputs;
        Nodes = nodes;
    }

    public string Signature { get; }

    /// <summary>Every input of the signature, sorted by key, also those that no output depends on.</summary>
    public IReadOnlyList<FlatInput> Inputs { get; }

    public IReadOnlyList<FlatOutput> Outputs { get; }

    /// <summary>All nodes that an output depends on; a node stands after every node that it reads.</summary>
    public IReadOnlyList<FlatNode> Nodes { get; }
}

/// <summary>An input of the signature and the <c>Placeholder</c> that it feeds.</summary>
public sealed record FlatInput(TensorSpec Spec, FlatNode Node);

/// <summary>An output of the signature and where its value comes from.</summary>
public sealed record FlatOutput(TensorSpec Spec, FlatEdge Source);

/// <summary>Output <paramref name="Index"/> of a node.</summary>
public readonly record struct FlatEdge(FlatNode Node, int Index)
{
    public override string ToString() => Index == 0 ? Node.Name : $"{Node.Name}:{Index}";
}
