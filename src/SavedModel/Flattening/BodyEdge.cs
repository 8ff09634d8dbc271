namespace ScoringCluster.SavedModel.Flattening;

/// <summary>What an input refers to in its body: an output of a node, an argument, or control.</summary>
internal readonly struct BodyEdge
{
    private const int ControlIndex = -1;

    private BodyEdge(BodyNode? node, int index)
    {
        Node = node;
        Index = index;
    }

    /// <summary>Null for an argument.</summary>
    public BodyNode? Node { get; }

    /// <summary>The number of the node's output or of the argument.</summary>
    public int Index { get; }

    public bool IsControl => Node is not null && Index == ControlIndex;

    public static BodyEdge Output(BodyNode node, int index) => new(node, index);

    public static BodyEdge Argument(int index) => new(null, index);

    public static BodyEdge Control(BodyNode node) => new(node, ControlIndex);
}
