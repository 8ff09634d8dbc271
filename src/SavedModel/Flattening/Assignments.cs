namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// A flat graph has no state: a signature that assigns variables would answer differently each time, or change what
/// other signatures answer, and neither may be lost in silence.
/// </summary>
internal static class Assignments
{
    public static void Refuse(string signature, PortResolver resolver, IEnumerable<BodyNode> roots)
    {
        foreach (var (scope, node) in ExecutedNodes.From(resolver, roots))
        {
            if (Plumbing.IsAssignment(node.Op))
            {
                throw new SavedModelException($"Signature '{signature}' assigns a variable by node "
                    + $"'{scope.Prefix}{node.Name}' ({node.Op}): a model that changes itself is not supported.")
                { Unsupported = true };
            }
        }
    }
}
