using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Types;
using ScoringCluster.SavedModel.Variables;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>Makes the nodes of one flat graph: names are unique, each variable becomes one constant.</summary>
internal sealed class NodeFactory(GraphBudget budget, TensorProtos constants, VariableStore variables)
{
    private readonly NodeAttributes _attributes = new(constants);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FlatNode> _variables = new(StringComparer.Ordinal);

    public FlatNode Input(string tensor, TensorSpec spec)
    {
        var name = Unique(tensor);
        return new FlatNode(name, "Placeholder", [], Attributes(name, spec.Type, spec.Shape))
        {
            OutputShapes = [spec.Shape],
        };
    }

    public FlatNode Constant(Scope scope, BodyNode node)
    {
        var path = scope.Prefix + node.Name;
        var tensor = node.Definition.Attr.TryGetValue("value", out var value)
            ? scope.Resolve(value, node).Tensor
            : null;
        return Constant(path, constants.Read(
            tensor ?? throw new SavedModelException($"Const '{path}' has no value."), $"Const '{path}'"));
    }

    /// <summary>The constant that a variable's value is.</summary>
    public FlatNode Variable(Port variable)
    {
        var identity = VariableNames.Identity(variable);
        if (!_variables.TryGetValue(identity, out var node))
        {
            node = Constant(variable.NodeName, variables.Read(variable));
            _variables.Add(identity, node);
        }

        return node;
    }

    /// <summary>A constant that holds the shape of a variable.</summary>
    public FlatNode ShapeOf(Scope scope, BodyNode node, Port variable)
    {
        var shape = variables.Read(variable).Shape;
        var wide = node.Definition.Attr.TryGetValue("out_type", out var type)
            && type.Type.ToElementType() == ElementType.Int64;
        var bytes = new byte[shape.Rank * (wide ? sizeof(long) : sizeof(int))];
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var place = bytes.AsSpan(axis * (wide ? sizeof(long) : sizeof(int)));
            _ = wide
                ? BitConverter.TryWriteBytes(place, shape[axis])
                : BitConverter.TryWriteBytes(place, (int)shape[axis]);
        }

        return Constant(scope.Prefix + node.Name, new ConstantTensor(
            wide ? ElementType.Int64 : ElementType.Int32, TensorShape.Of(shape.Rank), bytes));
    }

    /// <summary>A node as it stands; <paramref name="op"/> where it takes the place of another operation.</summary>
    public FlatNode Plain(Scope scope, BodyNode node, IReadOnlyList<FlatEdge> inputs, string? op = null) =>
        new(Unique(scope.Prefix + node.Name), op ?? node.Op, inputs, _attributes.Read(scope, node))
        {
            OutputShapes = NodeAttributes.Shapes(node),
        };

    private FlatNode Constant(string path, ConstantTensor value)
    {
        var name = Unique(path);
        return new FlatNode(name, "Const", [], Attributes(name, value.Type, value.Shape))
        {
            Constant = value,
            OutputShapes = [value.Shape],
        };
    }

    private static FlatAttributes Attributes(string name, ElementType type, TensorShape shape) =>
        new(name, new Dictionary<string, object>(StringComparer.Ordinal) { ["dtype"] = type, ["shape"] = shape });

    private string Unique(string name)
    {
        var unique = name;
        for (var i = 1; !_names.Add(unique); i++)
        {
            unique = $"{name}_{i}";
        }

        budget.SpendName(unique);
        return unique;
    }
}
