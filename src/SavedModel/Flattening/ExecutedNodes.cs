namespace ScoringCluster.SavedModel.Flattening;

/// <summary>What runs when nodes are asked for, effects included: data and control inputs, into functions.</summary>
internal static class ExecutedNodes
{
    public static IEnumerable<(Scope Scope, BodyNode Node)> From(PortResolver resolver, IEnumerable<BodyNode> roots)
    {
        var seen = new HashSet<(Scope, BodyNode)>();
        var open = new Stack<(Scope Scope, BodyNode Node)>(roots.Select(root => (resolver.Main, root)));
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next) || resolver.IsFed(new Port(next.Scope, next.Node, 0)))
            {
                continue;
            }

            yield return next;
            foreach (var node in Before(next.Node))
            {
                open.Push((next.Scope, node));
            }

            foreach (var inner in resolver.Called(next.Scope, next.Node) is { } called
                ? [called]
                : resolver.MayRun(next.Scope, next.Node))
            {
                foreach (var node in Results(inner.Body))
                {
                    open.Push((inner, node));
                }
            }
        }
    }

    private static IEnumerable<BodyNode> Before(BodyNode node) => node.Inputs
        .Where(edge => edge.Node is not null)
        .Select(edge => edge.Node!)
        .Concat(node.Controls);

    private static IEnumerable<BodyNode> Results(GraphBody body) => Enumerable.Range(0, body.ReturnCount)
        .Select(body.Return)
        .Where(edge => edge.Node is not null)
        .Select(edge => edge.Node!)
        .Concat(body.ControlReturns());
}
