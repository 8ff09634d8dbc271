namespace ScoringCluster.SavedModel.Flattening;

/// <summary>Nodes that no flat graph can hold.</summary>
internal static class UnsupportedNodes
{
    public static void Refuse(string signature, Port port)
    {
        var op = port.Node.Op;
        if (op is "Placeholder" or "PlaceholderV2")
        {
            throw new SavedModelException($"Signature '{signature}' needs a value for the placeholder "
                + $"'{port.NodeName}', which is not one of its inputs.");
        }

        // The loops and branches of TensorFlow 1 are cycles and dead edges, which a graph of plain values has not.
        if (op is "Enter" or "Exit" or "Switch" or "Merge" or "NextIteration" or "LoopCond"
            or "RefEnter" or "RefExit" or "RefSwitch" or "RefMerge" or "RefNextIteration")
        {
            throw new SavedModelException($"Node '{port.NodeName}' ({op}) is control flow of TensorFlow 1, which is "
                + "not supported.")
            { Unsupported = true };
        }
    }
}
