using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Signatures;
using ScoringCluster.SavedModel.Types;
using ScoringCluster.SavedModel.Variables;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// Turns one signature into a flat graph: starts at its outputs and makes only what they need, with a stack of its own
/// since graphs are deeper than a thread's.
/// </summary>
internal sealed class Flattener
{
    private readonly SignatureEntry _signature;
    private readonly FunctionCalls _calls;
    private readonly NodeFactory _factory;
    private readonly GraphBudget _budget;
    private readonly PortResolver _resolver;
    private readonly Dictionary<(BodyNode Node, int Index), FlatNode> _inputs = [];
    private readonly Dictionary<(Scope Scope, BodyNode Node), FlatNode?> _made = [];
    private readonly HashSet<FlatNode> _listed = [];
    private readonly List<FlatNode> _nodes = [];
    private readonly Stack<Frame> _stack = [];

    public Flattener(
        SignatureEntry signature, FunctionCalls calls, TensorProtos constants, VariableStore variables)
    {
        _signature = signature;
        _calls = calls;
        _budget = new GraphBudget(signature.Signature.Name);
        _factory = new NodeFactory(_budget, constants, variables);
        _resolver = new PortResolver(calls, _budget);
    }

    /// <exception cref="SavedModelException">The graph is damaged or cannot be expressed as a flat graph.</exception>
    public FlatGraph Flatten()
    {
        var inputs = ReadInputs();
        var sources = _signature.Outputs.Select(output => (output.Spec, Edge: ParseTensor(output, "Output"))).ToArray();
        Assignments.Refuse(_signature.Signature.Name, _resolver, sources.Select(source => source.Edge.Node!));
        var outputs = sources.Select(source => new FlatOutput(source.Spec, Make(source.Edge))).ToArray();
        return new FlatGraph(_signature.Signature.Name, inputs, outputs, _nodes);
    }

    private FlatInput[] ReadInputs()
    {
        var inputs = new List<FlatInput>();
        foreach (var input in _signature.Inputs)
        {
            var edge = ParseTensor(input, "Input");
            var name = edge.Node!.Name;
            var node = _factory.Input(edge.Index == 0 ? name : $"{name}:{edge.Index}", input.Spec);
            if (!_inputs.TryAdd((edge.Node, edge.Index), node))
            {
                throw new SavedModelException($"Input '{input.Spec.Name}' of signature '{_signature.Signature.Name}' "
                    + $"feeds the tensor '{input.Tensor}', which another input feeds too.");
            }

            inputs.Add(new FlatInput(input.Spec, node));
        }

        _resolver.Feed(_inputs.Keys);
        return [.. inputs];
    }

    private BodyEdge ParseTensor(SignatureTensor tensor, string kind)
    {
        var owner = $"{kind} '{tensor.Spec.Name}' of signature '{_signature.Signature.Name}'";
        var edge = _calls.Main.Parse(tensor.Tensor, owner);
        return edge.IsControl
            ? throw new SavedModelException($"{owner} names '{tensor.Tensor}', which is not a tensor.")
            : edge;
    }

    private FlatEdge Make(BodyEdge output)
    {
        var port = _resolver.Resolve(_resolver.Main, output);
        Open(port);
        while (_stack.TryPeek(out var frame))
        {
            if (frame.Next < frame.Inputs.Length)
            {
                Open(frame.Inputs[frame.Next++]);
                continue;
            }

            Close(_stack.Pop());
        }

        return Edge(port);
    }

    /// <summary>Starts a node unless it exists; one that is started but not finished reads its own result.</summary>
    private void Open(Port port)
    {
        if (_resolver.IsFed(port))
        {
            List(_inputs[(port.Node, port.Index)]);
            return;
        }

        if (_made.TryGetValue((port.Scope, port.Node), out var made))
        {
            if (made is null)
            {
                throw new SavedModelException($"Node '{port.NodeName}' ({port.Node.Op}) depends on itself: the graph "
                    + $"has a cycle through node '{_stack.Peek().Path}'.");
            }

            return;
        }

        _budget.Spend();
        _made.Add((port.Scope, port.Node), null);
        _stack.Push(new Frame(port.Scope, port.Node, Inputs(port)));
    }

    /// <summary>What must exist before the node: nothing for what becomes a constant.</summary>
    private Port[] Inputs(Port port)
    {
        var (scope, node, _) = port;
        UnsupportedNodes.Refuse(_signature.Signature.Name, port);
        var first = VariableOf(scope, node) is null ? 0 : 1;
        return Plumbing.IsReferenceVariable(node.Op) || node.Op == "Const"
            ? []
            : [.. Enumerable.Range(first, node.Inputs.Length - first).Select(i => _resolver.Input(scope, node, i))];
    }

    private void Close(Frame frame)
    {
        var (scope, node) = (frame.Scope, frame.Node);
        var made = VariableOf(scope, node) is { } variable
            ? OfVariable(frame, variable)
            : node.Op == "Const"
                ? _factory.Constant(scope, node)
                : _factory.Plain(scope, node, [.. frame.Inputs.Select(Edge)]);
        _made[(scope, node)] = made;
        List(made);
    }

    /// <summary>The variable that a node reads by itself; null for all nodes that do not.</summary>
    private Port? VariableOf(Scope scope, BodyNode node)
    {
        if (Plumbing.IsReferenceVariable(node.Op))
        {
            return new Port(scope, node, 0);
        }

        if (node.Op is not ("ReadVariableOp" or "ResourceGather" or "ResourceGatherNd" or "VariableShape"))
        {
            return null;
        }

        var handle = _resolver.Input(scope, node, 0);
        return handle.Node.Op == "VarHandleOp" ? handle : null;
    }

    private FlatNode OfVariable(Frame frame, Port variable)
    {
        if (frame.Node.Op == "VariableShape")
        {
            return _factory.ShapeOf(frame.Scope, frame.Node, variable);
        }

        var value = _factory.Variable(variable);
        List(value);
        IReadOnlyList<FlatEdge> inputs = [new FlatEdge(value, 0), .. frame.Inputs.Select(Edge)];
        return frame.Node.Op switch
        {
            "ResourceGather" => _factory.Plain(frame.Scope, frame.Node, inputs, "Gather"),
            "ResourceGatherNd" => _factory.Plain(frame.Scope, frame.Node, inputs, "GatherNd"),
            _ => value,
        };
    }

    private FlatEdge Edge(Port port)
    {
        if (_resolver.IsFed(port))
        {
            return new FlatEdge(_inputs[(port.Node, port.Index)], 0);
        }

        var count = port.Node.CountOutputs();
        return port.Index < count
            ? new FlatEdge(_made[(port.Scope, port.Node)]!, port.Index)
            : throw new SavedModelException($"Output {port.Index} of node '{port.NodeName}' ({port.Node.Op}) is used, "
                + $"but it has {count}.");
    }

    private void List(FlatNode node)
    {
        if (_listed.Add(node))
        {
            _nodes.Add(node);
        }
    }

    private sealed class Frame(Scope scope, BodyNode node, Port[] inputs)
    {
        public Scope Scope => scope;

        public BodyNode Node => node;

        public Port[] Inputs => inputs;

        public int Next { get; set; }

        public string Path => scope.Prefix + node.Name;
    }
}
