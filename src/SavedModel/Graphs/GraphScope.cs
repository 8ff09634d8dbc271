using ScoringCluster.Core;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>Output <paramref name="Index"/> of node <paramref name="Node"/> of a scope.</summary>
internal readonly record struct NodeRef(GraphScope Scope, NodeDef Node, int Index)
{
    /// <summary>The node's name with the path of the calls that lead to it.</summary>
    public string Path => Scope.Prefix + Node.Name;
}

/// <summary>The main graph, or the body of one call of a function with the values that its arguments stand
/// for.</summary>
internal sealed class GraphScope
{
    private readonly FunctionBody? _function;
    private readonly IReadOnlyDictionary<string, NodeDef> _nodes;
    private readonly OpDefTable _definitions;

    /// <summary>The main graph.</summary>
    public GraphScope(IReadOnlyDictionary<string, NodeDef> nodes, OpDefTable definitions)
    {
        _nodes = nodes;
        _definitions = definitions;
    }

    /// <summary>The body of a function as <paramref name="caller"/> calls it.</summary>
    public GraphScope(FunctionBody function, NodeRef caller, OpDefTable definitions)
    {
        _function = function;
        _nodes = function.Nodes;
        _definitions = definitions;
        Caller = caller;
        Depth = caller.Scope.Depth + 1;
        Prefix = caller.Path + "/";
    }

    public NodeRef? Caller { get; }

    /// <summary>Set on the main graph, whose nodes may be calls by a function's name too.</summary>
    public FunctionLibrary? Library { get; init; }

    public int Depth { get; }

    public string Prefix { get; } = "";

    public IEnumerable<NodeDef> Nodes => _nodes.Values;

    /// <summary>Calls from this scope whose bodies were entered already.</summary>
    public Dictionary<string, GraphScope> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>The data inputs of a node, control inputs left out.</summary>
    public static IEnumerable<string> DataInputs(NodeDef node) =>
        node.Input.Where(input => !input.StartsWith('^'));

    public static IEnumerable<string> ControlInputs(NodeDef node) =>
        node.Input.Where(input => input.StartsWith('^')).Select(input => input[1..]);

    public NodeDef? Find(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>Value <paramref name="index"/> of the function that this scope is the body of.</summary>
    public NodeRef Return(int index)
    {
        var function = _function!;
        if (index < 0 || index >= function.Returns.Count)
        {
            throw new SavedModelException(
                $"Function '{function.Name}' has {function.Returns.Count} results; '{Caller!.Value.Path}' takes "
                + $"number {index}.");
        }

        return Resolve(function.Returns[index], $"result {index} of function '{function.Name}'");
    }

    /// <summary>
    /// What an input's text refers to. In the main graph <c>node</c> or <c>node:2</c>; in a function an argument, or
    /// <c>node:output_name:1</c>. An argument leads one scope out, and so on.
    /// </summary>
    /// <param name="reader">Who reads it: errors name it.</param>
    public NodeRef Resolve(string input, string reader)
    {
        var scope = this;
        while (scope._function is { } function && function.Arguments.TryGetValue(input, out var position))
        {
            var caller = scope.Caller!.Value;
            var inputs = DataInputs(caller.Node).ToList();
            if (position >= inputs.Count)
            {
                throw new SavedModelException(
                    $"'{caller.Path}' gives function '{function.Name}' {inputs.Count} arguments; it needs '{input}' "
                    + $"as number {position}.");
            }

            reader = caller.Path;
            input = inputs[position];
            scope = caller.Scope;
        }

        var parts = input.Split(':');
        var node = scope.Find(parts[0])
            ?? throw new SavedModelException(
                $"'{reader}' reads '{scope.Prefix}{parts[0]}', which is not in the graph.");
        var last = 0;
        if (parts.Length > 3 || (parts.Length > 1 && !int.TryParse(parts[^1], out last)))
        {
            throw new SavedModelException($"'{reader}' reads '{input}', which is no reference to a node's output.");
        }

        var index = parts.Length == 3 ? scope.OutputOffset(node, parts[1], reader) + last : last;
        return new NodeRef(scope, node, index);
    }

    /// <summary>The number of the first output that belongs to the named output argument.</summary>
    private int OutputOffset(NodeDef node, string output, string reader)
    {
        var definition = FindDefinition(node)
            ?? throw new SavedModelException(
                $"Op '{node.Op}' of node '{Prefix}{node.Name}' is unknown: neither TensorFlow's table nor the model "
                + $"defines it.")
            { Unsupported = true };
        var offset = 0;
        foreach (var argument in definition.OutputArg)
        {
            if (argument.Name == output)
            {
                return offset;
            }

            offset += Width(argument, node);
        }

        throw new SavedModelException(
            $"'{reader}' reads output '{output}' of '{Prefix}{node.Name}', which {node.Op} does not have.");
    }

    public OpDef? FindDefinition(NodeDef node) =>
        _definitions.Find(node.Op) ?? _function?.Library.Find(node.Op)?.Signature
        ?? Library?.Find(node.Op)?.Signature;

    private static int Width(OpDef.Types.ArgDef argument, NodeDef node)
    {
        if (argument.NumberAttr.Length > 0)
        {
            return node.Attr.TryGetValue(argument.NumberAttr, out var number) ? (int)number.I : 1;
        }

        return argument.TypeListAttr.Length > 0
            ? node.Attr.TryGetValue(argument.TypeListAttr, out var types) ? types.List.Type.Count : 0
            : 1;
    }

    /// <exception cref="SavedModelException">Functions call each other deeper than
    /// <see cref="Limits.FunctionDepthMax"/>.</exception>
    public GraphScope Enter(FunctionBody function, NodeDef call)
    {
        if (Calls.TryGetValue(call.Name, out var entered))
        {
            return entered;
        }

        if (Depth >= Limits.FunctionDepthMax)
        {
            throw new SavedModelException(
                $"Function '{function.Name}' is nested deeper than {Limits.FunctionDepthMax} calls: it calls itself "
                    + $"again, directly or in a cycle.");
        }

        return Calls[call.Name] = new GraphScope(function, new NodeRef(this, call, 0), _definitions);
    }
}
