using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>
/// Builds the flat graph of one signature from its outputs inwards, so that only what they need is read. Depth-first
/// with a stack of its own: graphs of ten thousand nodes in a row are common.
/// </summary>
internal sealed class GraphFlattener(GraphScope main, FunctionLibrary library, VariableReader variables)
{
    /// <summary>Loops of TensorFlow 1 are cycles in the graph; they are refused by name before a cycle is
    /// reported.</summary>
    private static readonly HashSet<string> _oldControlFlow =
        ["Enter", "Exit", "Switch", "Merge", "NextIteration", "LoopCond"];

    private readonly EdgeChaser _chaser = new(library);
    private readonly Dictionary<(GraphScope, string), FlatNode> _built = [];
    private readonly Dictionary<(string, int), FlatNode> _feeds = [];
    private readonly Dictionary<string, FlatNode> _variables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<FlatNode> _ordered = [];
    private readonly HashSet<NodeDef> _usedOfMain = [];

    public FlatGraph Flatten(ModelSignature signature, SignatureDef definition)
    {
        var inputs = new List<FlatInput>();
        foreach (var spec in signature.Inputs)
        {
            var reference =
                main.Resolve(definition.Inputs[spec.Name].Name, $"input '{spec.Name}' of signature '{signature.Name}'");
            var node = new FlatNode(
                Unique(reference.Path), "Placeholder", [], FlatAttributes.Empty)
            { OutputShapes = [spec.Shape] };
            if (!_feeds.TryAdd((reference.Node.Name, reference.Index), node))
            {
                throw new SavedModelException(
                    $"Two inputs of signature '{signature.Name}' feed the same tensor '{reference.Path}'.");
            }

            inputs.Add(new FlatInput(spec, node));
            _ordered.Add(node);
        }

        var outputs = new List<FlatOutput>();
        foreach (var spec in signature.Outputs)
        {
            var reference =
                main.Resolve(
                definition.Outputs[spec.Name].Name, $"output '{spec.Name}' of signature '{signature.Name}'");
            outputs.Add(new FlatOutput(spec, Build(Chase(reference))));
        }

        StateCheck.Refuse(main, _usedOfMain, _chaser, _variables.Keys.ToHashSet());
        return new FlatGraph(signature.Name, inputs, outputs, _ordered);
    }

    private NodeRef Chase(NodeRef reference)
    {
        if (reference.Scope == main)
        {
            _usedOfMain.Add(reference.Node);
        }

        return _chaser.Chase(reference, IsFed);
    }

    private bool IsFed(NodeRef at) => at.Scope == main && _feeds.ContainsKey((at.Node.Name, at.Index));

    private FlatEdge Build(NodeRef root)
    {
        var stack = new Stack<Frame>();
        var open = new HashSet<(GraphScope, string)>();
        if (Ready(root) is { } known)
        {
            return known;
        }

        stack.Push(Open(root, open));
        while (stack.TryPeek(out var frame))
        {
            if (frame.Next == frame.Inputs.Count)
            {
                stack.Pop();
                open.Remove(frame.Key);
                Add(frame);
                continue;
            }

            var input = frame.Inputs[frame.Next];
            if (Ready(input) is { } edge)
            {
                frame.Edges.Add(edge);
                frame.Next++;
            }
            else
            {
                stack.Push(Open(input, open));
            }
        }

        return Ready(root)!.Value;
    }

    /// <summary>The edge where its node is there already, or can be made without reading others.</summary>
    private FlatEdge? Ready(NodeRef reference)
    {
        if (IsFed(reference))
        {
            return new FlatEdge(_feeds[(reference.Node.Name, reference.Index)], 0);
        }

        if (reference.Node.Op is "ReadVariableOp")
        {
            return new FlatEdge(Variable(Chase(EdgeChaser.Input(reference, 0)), reference), 0);
        }

        if (reference.Node.Op is "VariableV2" or "Variable" or "VarHandleOp")
        {
            return new FlatEdge(Variable(reference, reference), 0);
        }

        return _built.TryGetValue((reference.Scope, reference.Node.Name), out var node)
            ? new FlatEdge(node, reference.Index) : null;
    }

    private Frame Open(NodeRef reference, HashSet<(GraphScope, string)> open)
    {
        var node = reference.Node;
        if (node.Op is "Placeholder" or "PlaceholderV2")
        {
            throw new SavedModelException(
                $"An output depends on placeholder '{reference.Path}', which no input of the signature feeds.");
        }

        if (_oldControlFlow.Contains(node.Op))
        {
            throw new SavedModelException(
                $"Node '{reference.Path}' is a control-flow op of TensorFlow 1 ({node.Op}).")
            { Unsupported = true };
        }

        if (!open.Add((reference.Scope, node.Name)))
        {
            throw new SavedModelException($"The graph has a cycle: '{reference.Path}' depends on itself.");
        }

        return new Frame(reference, [.. GraphScope.DataInputs(node).Select(input => Argument(reference, input))]);
    }

    /// <summary>A variable's handle may only be read: an op that does something else with it is refused.</summary>
    private NodeRef Argument(NodeRef reader, string input)
    {
        var reference = Chase(reader.Scope.Resolve(input, reader.Path));
        return reference.Node.Op == "VarHandleOp" && reader.Node.Op is not ("ResourceGather" or "ResourceGatherNd")
            ? throw new SavedModelException(
                $"Node '{reader.Path}' ({reader.Node.Op}) works on the variable '{reference.Path}' itself, not on its "
                    + $"value.")
            { Unsupported = true }
            : reference;
    }

    private void Add(Frame frame)
    {
        if (_ordered.Count >= Limits.GraphNodesMax)
        {
            throw new SavedModelException($"The signature's graph has more than {Limits.GraphNodesMax} nodes.");
        }

        var (scope, node, _) = frame.Reference;
        var name = Unique(frame.Reference.Path);
        var flat = new FlatNode(
            name, node.Op, frame.Edges, AttributeReader.Read(node, scope.FindDefinition(node), name))
        {
            OutputShapes = AttributeReader.OutputShapes(node),
            Constant = node.Op == "Const" ? Constant(node, frame.Reference.Path) : null,
        };
        _built[frame.Key] = flat;
        _ordered.Add(flat);
    }

    private FlatNode Variable(NodeRef variable, NodeRef reader)
    {
        if (variable.Node.Op is not ("VarHandleOp" or "VariableV2" or "Variable") || variable.Scope != main)
        {
            throw new SavedModelException(
                $"Node '{reader.Path}' reads '{variable.Path}' ({variable.Node.Op}), no variable of the model.")
            { Unsupported = true };
        }

        if (!_variables.TryGetValue(variable.Node.Name, out var constant))
        {
            constant = new FlatNode(
                Unique(variable.Path), "Const", [], FlatAttributes.Empty)
            { Constant = variables.Read(variable.Node) };
            _variables.Add(variable.Node.Name, constant);
            _ordered.Add(constant);
        }

        return constant;
    }

    private static ConstantTensor Constant(NodeDef node, string path) =>
        node.Attr.TryGetValue("value", out var value) && value.Tensor is { } tensor
        ? ProtoTensors.Read(tensor, path)
        : throw new SavedModelException($"Constant '{path}' has no value.");

    private string Unique(string path)
    {
        var name = path;
        for (var i = 1; !_names.Add(name); i++)
        {
            name = $"{path}_{i}";
        }

        return name;
    }

    private sealed class Frame(NodeRef reference, IReadOnlyList<NodeRef> inputs)
    {
        public NodeRef Reference { get; } = reference;

        public (GraphScope, string) Key { get; } = (reference.Scope, reference.Node.Name);

        public IReadOnlyList<NodeRef> Inputs { get; } = inputs;

        public List<FlatEdge> Edges { get; } = [];

        public int Next { get; set; }
    }
}
