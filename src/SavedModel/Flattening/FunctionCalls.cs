using ScoringCluster.Core;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>The functions of a model, and which nodes call them.</summary>
internal sealed class FunctionCalls
{
    private readonly Dictionary<string, FunctionDef> _library = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GraphBody> _bodies = new(StringComparer.Ordinal);
    private readonly OpDefTable _ops;

    public FunctionCalls(GraphDef graph, OpDefTable ops)
    {
        _ops = ops;
        foreach (var function in graph.Library?.Function ?? [])
        {
            if (function.Signature is null || !_library.TryAdd(function.Signature.Name, function))
            {
                throw new SavedModelException($"The library has two functions '{function.Signature?.Name}'.");
            }
        }

        Main = GraphBody.OfGraph(graph, ops, _library);
    }

    public GraphBody Main { get; }

    /// <summary>The function that a node is a plain call of; null for every other node.</summary>
    public string? Called(BodyNode node)
    {
        if (node.Op is "PartitionedCall" or "StatefulPartitionedCall")
        {
            return node.Definition.Attr.TryGetValue("f", out var f) && f.Func is not null
                ? f.Func.Name
                : throw new SavedModelException($"Node '{node.Name}' ({node.Op}) does not say what it calls.");
        }

        return _library.ContainsKey(node.Op) ? node.Op : null;
    }

    /// <summary>Functions that a node may run besides a plain call: branches, bodies, conditions.</summary>
    public IEnumerable<string> MayRun(BodyNode node) => node.Definition.Attr.Values
        .SelectMany(value => value.ValueCase switch
        {
            AttrValue.ValueOneofCase.Func => [value.Func.Name],
            AttrValue.ValueOneofCase.List => value.List.Func.Select(function => function.Name),
            _ => [],
        })
        .Where(_library.ContainsKey);

    /// <summary>The scope of a function as <paramref name="call"/> runs it.</summary>
    /// <param name="scope">Where the call stands.</param>
    /// <param name="call">The calling node.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="firstInput">The call's input that is the function's first argument.</param>
    /// <param name="count">Counts the scopes that exist.</param>
    public Scope Enter(Scope scope, BodyNode call, string function, int firstInput, GraphBudget count)
    {
        if (scope.FindChild(call, function) is { } known)
        {
            return known;
        }

        var place = $"Node '{scope.Prefix}{call.Name}'";
        if (scope.IsWithin(function))
        {
            throw new SavedModelException($"Function '{function}' calls itself again without end (a cycle of "
                + $"functions) by node '{call.Name}'.");
        }

        if (scope.Depth >= Limits.FunctionDepthMax)
        {
            throw new SavedModelException($"Function '{function}' is nested more than {Limits.FunctionDepthMax} calls "
                + "deep.");
        }

        var body = Body(function)
            ?? throw new SavedModelException($"{place} calls the function '{function}', which does not exist.");
        count.Spend();
        return scope.AddChild(body, call, function, firstInput);
    }

    private GraphBody? Body(string function)
    {
        if (!_bodies.TryGetValue(function, out var body) && _library.TryGetValue(function, out var definition))
        {
            body = GraphBody.OfFunction(definition, _ops, _library);
            _bodies.Add(function, body);
        }

        return body;
    }
}
