namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// Follows a reference through everything that passes a value on unchanged (calls, arguments, identities) to the node
/// that makes it.
/// </summary>
internal sealed class EdgeChaser(FunctionLibrary library)
{
    /// <summary>Ops that hand input i on as output i.</summary>
    private static readonly HashSet<string> _passThrough =
    [
        "Identity", "IdentityN", "StopGradient", "PreventGradient", "Snapshot", "EnsureShape", "CheckNumerics",
        "PlaceholderWithDefault", "_Arg", "_Retval",
    ];

    /// <summary>Scopes that were entered: their nodes may assign variables although no output depends on
    /// them.</summary>
    public HashSet<GraphScope> Entered { get; } = [];

    /// <exception cref="SavedModelException">The reference leads in a circle, out of the graph or too deep.</exception>
    public NodeRef Chase(NodeRef reference, Func<NodeRef, bool> isFed)
    {
        var at = reference;
        HashSet<NodeRef>? seen = null;
        while (true)
        {
            if (isFed(at))
            {
                return at;
            }

            NodeRef next;
            if (library.CalledBy(at.Node) is { } function)
            {
                var body = at.Scope.Enter(function, at.Node);
                Entered.Add(body);
                next = body.Return(at.Index);
            }
            else if (_passThrough.Contains(at.Node.Op))
            {
                next = Input(at, at.Index);
            }
            else
            {
                return at;
            }

            seen ??= [];
            if (!seen.Add(at))
            {
                throw new SavedModelException($"The graph has a cycle: '{at.Path}' depends on itself.");
            }

            at = next;
        }
    }

    public static NodeRef Input(NodeRef node, int index)
    {
        var input = GraphScope.DataInputs(node.Node).ElementAtOrDefault(index)
            ?? throw new SavedModelException($"Node '{node.Path}' ({node.Node.Op}) lacks input {index}.");
        return node.Scope.Resolve(input, node.Path);
    }
}
