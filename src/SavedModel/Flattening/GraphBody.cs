using System.Globalization;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// The nodes of the main graph or of one function, findable by name, with inputs resolved to nodes and arguments.
/// </summary>
internal sealed class GraphBody
{
    /// <summary>More outputs than a node can have; keeps sums of declared numbers from overflowing.</summary>
    public const int OutputsMax = 1 << 20;

    private readonly OpDefTable _ops;
    private readonly IReadOnlyDictionary<string, FunctionDef> _library;
    private readonly FunctionDef? _function;
    private readonly Dictionary<string, BodyNode> _nodes;
    private readonly Dictionary<string, int> _arguments = new(StringComparer.Ordinal);

    private GraphBody(
        string name,
        IEnumerable<NodeDef> nodes,
        FunctionDef? function,
        OpDefTable ops,
        IReadOnlyDictionary<string, FunctionDef> library)
    {
        Name = name;
        _ops = ops;
        _library = library;
        _function = function;
        _nodes = new Dictionary<string, BodyNode>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (!_nodes.TryAdd(node.Name, new BodyNode(node, this)))
            {
                throw new SavedModelException($"{name} has two nodes with the name '{node.Name}'.");
            }
        }

        for (var i = 0; i < ArgumentCount; i++)
        {
            _arguments[function!.Signature.InputArg[i].Name] = i;
        }
    }

    /// <summary>For errors: "The graph", "Function '…'".</summary>
    public string Name { get; }

    public int ArgumentCount => _function?.Signature.InputArg.Count ?? 0;

    public int ReturnCount => _function?.Signature.OutputArg.Count ?? 0;

    public IEnumerable<BodyNode> Nodes => _nodes.Values;

    public static GraphBody OfGraph(
        GraphDef graph, OpDefTable ops, IReadOnlyDictionary<string, FunctionDef> library) =>
        new("The graph", graph.Node, null, ops, library);

    public static GraphBody OfFunction(
        FunctionDef function, OpDefTable ops, IReadOnlyDictionary<string, FunctionDef> library)
    {
        var list = function.Signature.InputArg.Concat(function.Signature.OutputArg)
            .FirstOrDefault(argument => argument.NumberAttr.Length > 0 || argument.TypeListAttr.Length > 0);
        return list is null
            ? new GraphBody($"Function '{function.Signature.Name}'", function.NodeDef, function, ops, library)
            : throw new SavedModelException($"Function '{function.Signature.Name}' takes or gives a list of tensors, "
                + $"'{list.Name}', which is not supported.")
            { Unsupported = true };
    }

    public BodyNode? Find(string node) => _nodes.GetValueOrDefault(node);

    /// <summary>Where the function's result <paramref name="index"/> comes from.</summary>
    public BodyEdge Return(int index)
    {
        var name = _function!.Signature.OutputArg[index].Name;
        return _function.Ret.TryGetValue(name, out var source)
            ? Parse(source, $"Result '{name}' of {Name}")
            : throw new SavedModelException($"{Name} does not say where its result '{name}' comes from.");
    }

    /// <summary>Nodes that run whenever the function is called, for their effects.</summary>
    public IEnumerable<BodyNode> ControlReturns() => (_function?.ControlRet ?? []).Values.Select(name =>
        Find(name) ?? throw new SavedModelException($"{Name} has no node '{name}', which is to run with it."));

    /// <summary>A node's input as written: data (an argument or an output of a node) or control.</summary>
    public BodyEdge Parse(string input, string reader)
    {
        if (input.StartsWith('^'))
        {
            return BodyEdge.Control(Existing(input[1..], reader));
        }

        var parts = input.Split(':');
        return _function is null ? ParseInGraph(parts, input, reader) : ParseInFunction(parts, input, reader);
    }

    /// <summary>The definition of a node's operation or function; null where nobody has it.</summary>
    public OpDef? DefinitionOf(NodeDef node) =>
        _library.TryGetValue(node.Op, out var function) ? function.Signature : _ops.Find(node.Op);

    private BodyEdge ParseInGraph(string[] parts, string input, string reader)
    {
        var index = 0;
        return parts.Length <= 2 && (parts.Length == 1 || TryIndex(parts[1], out index))
            ? BodyEdge.Output(Existing(parts[0], reader), index)
            : throw new SavedModelException($"{reader} has the input '{input}', which is not the name of a tensor.");
    }

    private BodyEdge ParseInFunction(string[] parts, string input, string reader)
    {
        if (_arguments.TryGetValue(parts[0], out var argument) && parts is { Length: 1 } or [_, "0"])
        {
            return BodyEdge.Argument(argument);
        }

        var node = Existing(parts[0], reader);
        var index = 0;
        return parts.Length is 2 or 3 && (parts.Length == 2 || TryIndex(parts[2], out index))
            ? BodyEdge.Output(node, node.OutputStart(parts[1], reader) + index)
            : throw new SavedModelException($"{reader} has the input '{input}', which is not the name of a tensor.");
    }

    private BodyNode Existing(string name, string reader) => Find(name)
        ?? throw new SavedModelException($"{reader} has the input '{name}', which does not exist in "
            + $"{(_function is null ? "the graph" : Name)}.");

    private static bool TryIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index <= OutputsMax;
}
