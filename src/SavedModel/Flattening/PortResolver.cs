using System.Runtime.InteropServices;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// Follows an input to the node that computes it: through arguments to the caller, through calls into the function,
/// through operations that only hand on. Every step is remembered, so that long chains are walked once.
/// </summary>
internal sealed class PortResolver(FunctionCalls calls, GraphBudget budget)
{
    private readonly Dictionary<Port, Port?> _known = [];
    private readonly List<Port> _walked = [];
    private HashSet<(BodyNode Node, int Index)> _fed = [];

    public Scope Main { get; } = new(calls.Main);

    /// <summary>Tensors of the main graph that the caller gives: the search ends there.</summary>
    public void Feed(IEnumerable<(BodyNode Node, int Index)> tensors) => _fed = [.. tensors];

    public bool IsFed(Port port) => port.Scope == Main && _fed.Contains((port.Node, port.Index));

    /// <summary>The source of a node's data input.</summary>
    public Port Input(Scope scope, BodyNode node, int input)
    {
        var inputs = node.Inputs;
        return input < inputs.Length
            ? Resolve(scope, inputs[input])
            : throw new SavedModelException($"Node '{scope.Prefix}{node.Name}' ({node.Op}) has {inputs.Length} inputs; "
                + $"input {input} is missing.");
    }

    /// <summary>The source of an edge; never an argument, a call or an operation that only hands on.</summary>
    public Port Resolve(Scope scope, BodyEdge edge)
    {
        _walked.Clear();
        Port port;
        while (true)
        {
            port = OutOfArguments(scope, edge);
            ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, port, out var exists);
            if (exists)
            {
                port = known ?? throw new SavedModelException($"Node '{port.NodeName}' ({port.Node.Op}) depends on "
                    + "itself: the graph has a cycle.");
                break;
            }

            _walked.Add(port);
            if (IsFed(port) || Step(port) is not { } next)
            {
                known = port;
                break;
            }

            budget.Spend();
            (scope, edge) = next;
        }

        foreach (var step in _walked)
        {
            _known[step] = port;
        }

        return port;
    }

    /// <summary>The scope of the function that a node plainly calls; null for other nodes.</summary>
    public Scope? Called(Scope scope, BodyNode node) => calls.Called(node) is { } function
        ? calls.Enter(scope, node, function, 0, budget)
        : null;

    /// <summary>The scopes of functions that a node may run otherwise (branches, loops).</summary>
    public IEnumerable<Scope> MayRun(Scope scope, BodyNode node)
    {
        // A condition or a branch's number comes before the arguments.
        var first = node.Op is "If" or "StatelessIf" or "Case" or "StatelessCase" ? 1 : 0;
        return calls.MayRun(node).Select(function => calls.Enter(scope, node, function, first, budget));
    }

    private static Port OutOfArguments(Scope scope, BodyEdge edge)
    {
        while (edge.Node is null)
        {
            var call = scope.Call!;
            var input = scope.FirstInput + edge.Index;
            edge = input < call.Inputs.Length
                ? call.Inputs[input]
                : throw new SavedModelException($"Node '{scope.Parent!.Prefix}{call.Name}' gives {call.Inputs.Length} "
                    + $"inputs to {scope.Body.Name}, which takes {scope.Body.ArgumentCount}.");
            scope = scope.Parent!;
        }

        return new Port(scope, edge.Node, edge.Index);
    }

    private (Scope Scope, BodyEdge Edge)? Step(Port port)
    {
        if (Called(port.Scope, port.Node) is { } inner)
        {
            return port.Index < inner.Body.ReturnCount
                ? (inner, inner.Body.Return(port.Index))
                : throw new SavedModelException($"Output {port.Index} of node '{port.NodeName}' is used, but "
                    + $"{inner.Body.Name} has {inner.Body.ReturnCount} results.");
        }

        if (Plumbing.Passes(port.Node.Op, port.Index) is not { } input)
        {
            return null;
        }

        return input < port.Node.Inputs.Length
            ? (port.Scope, port.Node.Inputs[input])
            : throw new SavedModelException($"Node '{port.NodeName}' ({port.Node.Op}) has no input {input}.");
    }
}
