using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// Refuses a signature that changes what it reads: as a flat graph of constants it would answer with the first value
/// for ever.
/// </summary>
internal static class StateCheck
{
    /// <param name="used">Nodes of the main graph that the signature depends on; their control inputs run too.</param>
    /// <param name="read">Variables of the main graph that the signature reads.</param>
    public static void Refuse(GraphScope main, IEnumerable<NodeDef> used, EdgeChaser chaser, IReadOnlySet<string> read)
    {
        var assignments = chaser.Entered.ToList()
            .SelectMany(scope => scope.Nodes.Where(Changes).Select(node => new NodeRef(scope, node, 0)))
            .Concat(Controlled(main, used).Where(Changes).Select(node => new NodeRef(main, node, 0)));
        foreach (var assignment in assignments)
        {
            var variable = chaser.Chase(EdgeChaser.Input(assignment, 0), static _ => false);
            if (read.Contains(variable.Node.Name))
            {
                throw new SavedModelException(
                    $"The signature changes the variable '{variable.Node.Name}' that it reads: node "
                        + $"'{assignment.Path}' ({assignment.Node.Op}).")
                { Unsupported = true };
            }
        }
    }

    private static bool Changes(NodeDef node) =>
        node.Op.StartsWith("Assign", StringComparison.Ordinal)
            || node.Op.StartsWith("ResourceScatter", StringComparison.Ordinal)
        || node.Op.StartsWith("ResourceApply", StringComparison.Ordinal);

    private static IEnumerable<NodeDef> Controlled(GraphScope main, IEnumerable<NodeDef> used)
    {
        var open = new Stack<NodeDef>(used);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var node))
        {
            foreach (var input in node.Input)
            {
                var name = input.TrimStart('^').Split(':')[0];
                if (seen.Add(name) && main.Find(name) is { } next)
                {
                    yield return next;
                    open.Push(next);
                }
            }
        }
    }
}
