using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>A node of a <see cref="GraphBody"/>; its inputs are resolved when they are first asked for.</summary>
internal sealed class BodyNode(NodeDef definition, GraphBody body)
{
    private BodyEdge[]? _inputs;
    private BodyNode[]? _controls;

    public NodeDef Definition => definition;

    public string Name => definition.Name;

    public string Op => definition.Op;

    public GraphBody Body => body;

    /// <summary>What the node's operation looks like.</summary>
    /// <exception cref="SavedModelException">Neither TensorFlow nor the model defines it.</exception>
    public OpDef Operation => body.DefinitionOf(definition) ?? throw new SavedModelException(
        $"Node '{Name}' of {body.Name.ToLowerInvariant()[..1]}{body.Name[1..]} has the operation '{Op}', which neither "
        + "TensorFlow nor the model defines.")
    { Unsupported = true };

    /// <summary>Data inputs in order.</summary>
    public BodyEdge[] Inputs
    {
        get
        {
            Resolve();
            return _inputs!;
        }
    }

    /// <summary>Nodes that run before this one.</summary>
    public BodyNode[] Controls
    {
        get
        {
            Resolve();
            return _controls!;
        }
    }

    /// <summary>The number of the first output that belongs to the named output of the operation.</summary>
    public int OutputStart(string output, string reader)
    {
        var start = 0;
        foreach (var argument in Operation.OutputArg)
        {
            if (argument.Name == output)
            {
                return start;
            }

            start += Count(argument);
        }

        throw new SavedModelException($"{reader} reads the output '{output}' of node '{Name}', but {Op} has none of "
            + "that name.");
    }

    /// <summary>How many outputs the node has; throws where its operation is unknown.</summary>
    public int CountOutputs() => Operation.OutputArg.Sum(Count);

    private int Count(OpDef.Types.ArgDef argument)
    {
        if (argument.TypeListAttr.Length > 0)
        {
            return Attribute(argument.TypeListAttr).List?.Type.Count ?? 0;
        }

        if (argument.NumberAttr.Length == 0)
        {
            return 1;
        }

        var count = Attribute(argument.NumberAttr).I;
        return count is >= 0 and <= GraphBody.OutputsMax
            ? (int)count
            : throw new SavedModelException($"Attribute '{argument.NumberAttr}' of node '{Name}' ({Op}) is {count}, "
                + "which is not a number of tensors.");
    }

    private AttrValue Attribute(string name) => definition.Attr.TryGetValue(name, out var value)
        ? value
        : Operation.Attr.FirstOrDefault(attr => attr.Name == name)?.DefaultValue
            ?? throw new SavedModelException($"Node '{Name}' ({Op}) has no attribute '{name}'.");

    private void Resolve()
    {
        if (_inputs is not null)
        {
            return;
        }

        var reader = $"Node '{Name}'";
        var edges = definition.Input.Select(input => body.Parse(input, reader)).ToArray();
        _controls = [.. edges.Where(edge => edge.IsControl).Select(edge => edge.Node!)];
        _inputs = _controls.Length == 0 ? edges : [.. edges.Where(edge => !edge.IsControl)];
    }
}
