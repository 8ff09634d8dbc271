using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>The functions of a graph by name.</summary>
internal sealed class FunctionLibrary
{
    private readonly Dictionary<string, FunctionDef> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FunctionBody> _bodies = new(StringComparer.Ordinal);

    public FunctionLibrary(FunctionDefLibrary? library)
    {
        foreach (var function in library?.Function ?? [])
        {
            _functions[function.Signature?.Name ?? ""] = function;
        }
    }

    public FunctionDef? Find(string name) => _functions.GetValueOrDefault(name);

    /// <summary>The function that a node calls, by its attribute or because its op is the function's name; else
    /// null.</summary>
    public FunctionBody? CalledBy(NodeDef node)
    {
        var name = node.Op is "PartitionedCall" or "StatefulPartitionedCall"
            ? node.Attr.TryGetValue("f", out var f) ? f.Func?.Name : null
            : _functions.ContainsKey(node.Op) ? node.Op : null;
        if (name is null)
        {
            return node.Op is "PartitionedCall" or "StatefulPartitionedCall"
                ? throw new SavedModelException($"Node '{node.Name}' calls a function without naming it.")
                : null;
        }

        if (!_bodies.TryGetValue(name, out var body))
        {
            var function = Find(name)
                ?? throw new SavedModelException(
                    $"Node '{node.Name}' calls function '{name}', which is not in the graph's library.");
            _bodies[name] = body = new FunctionBody(function, this);
        }

        return body;
    }
}

/// <summary>A function prepared for look-ups.</summary>
internal sealed class FunctionBody
{
    public FunctionBody(FunctionDef function, FunctionLibrary library)
    {
        Name = function.Signature.Name;
        Library = library;
        Nodes = function.NodeDef.DistinctBy(n => n.Name).ToDictionary(n => n.Name, StringComparer.Ordinal);
        Arguments = function.Signature.InputArg.Select((argument, i) => (argument.Name, i))
            .DistinctBy(a => a.Name).ToDictionary(a => a.Name, a => a.i, StringComparer.Ordinal);
        Returns = [.. function.Signature.OutputArg
            .Select(argument => function.Ret.TryGetValue(argument.Name, out var value)
            ? value
            : throw new SavedModelException(
                $"Function '{Name}' does not say where its result '{argument.Name}' comes from."))];
    }

    public string Name { get; }

    public FunctionLibrary Library { get; }

    public IReadOnlyDictionary<string, NodeDef> Nodes { get; }

    /// <summary>Position of every argument. A list argument would take several positions; TensorFlow writes
    /// none.</summary>
    public IReadOnlyDictionary<string, int> Arguments { get; }

    /// <summary>Where each result comes from, in order.</summary>
    public IReadOnlyList<string> Returns { get; }
}
