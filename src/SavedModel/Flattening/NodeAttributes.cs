using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>A node's attributes as <see cref="FlatAttributes"/>, completed by the defaults of its operation.</summary>
internal sealed class NodeAttributes(TensorProtos constants)
{
    private const string OutputShapes = "_output_shapes";

    /// <summary>Attributes that start with an underscore concern TensorFlow's own execution and are left out.</summary>
    public FlatAttributes Read(Scope scope, BodyNode node)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var name = scope.Prefix + node.Name;
        foreach (var (key, value) in node.Definition.Attr)
        {
            if (!key.StartsWith('_')
                && Value(scope.Resolve(value, node), $"Attribute '{key}' of node '{name}'") is { } read)
            {
                values[key] = read;
            }
        }

        foreach (var attribute in node.Operation.Attr)
        {
            if (!values.TryGetValue(attribute.Name, out var given))
            {
                if (attribute.DefaultValue is not null
                    && Value(attribute.DefaultValue, $"Attribute '{attribute.Name}' of {node.Op}") is { } standard)
                {
                    values[attribute.Name] = Typed(standard, attribute.Type);
                }
            }
            else
            {
                values[attribute.Name] = Typed(given, attribute.Type);
            }
        }

        return new FlatAttributes(name, values);
    }

    /// <summary>The exporter's shapes of a node's outputs; empty where it wrote none.</summary>
    public static IReadOnlyList<TensorShape> Shapes(BodyNode node) =>
        node.Definition.Attr.TryGetValue(OutputShapes, out var value) && value.List is not null
            ? [.. value.List.Shape.Select(shape => shape.ToShape())]
            : [];

    private object? Value(AttrValue value, string owner) => value.ValueCase switch
    {
        AttrValue.ValueOneofCase.S => value.S.ToStringUtf8(),
        AttrValue.ValueOneofCase.I => value.I,
        AttrValue.ValueOneofCase.F => value.F,
        AttrValue.ValueOneofCase.B => value.B,
        AttrValue.ValueOneofCase.Type => Type(value.Type),
        AttrValue.ValueOneofCase.Shape => value.Shape.ToShape(),
        AttrValue.ValueOneofCase.Tensor => constants.Read(value.Tensor, owner),
        AttrValue.ValueOneofCase.Func => value.Func.Name,
        AttrValue.ValueOneofCase.List => List(value.List, owner),
        _ => null,
    };

    private object List(AttrValue.Types.ListValue list, string owner) => list switch
    {
        { S.Count: > 0 } => list.S.Select(text => text.ToStringUtf8()).ToArray(),
        { I.Count: > 0 } => list.I.ToArray(),
        { F.Count: > 0 } => list.F.ToArray(),
        { B.Count: > 0 } => list.B.ToArray(),
        { Type.Count: > 0 } => Types(list.Type),
        { Shape.Count: > 0 } => list.Shape.Select(shape => shape.ToShape()).ToArray(),
        { Tensor.Count: > 0 } => list.Tensor.Select(tensor => constants.Read(tensor, owner)).ToArray(),
        { Func.Count: > 0 } => list.Func.Select(function => function.Name).ToArray(),
        _ => Array.Empty<object>(),
    };

    private static object Type(DataType type) =>
        type.ToElementType() is { } element ? element : type.TensorFlowName();

    /// <summary>Element types where all are some, else a mixed list with TensorFlow's names.</summary>
    private static object Types(IReadOnlyList<DataType> types)
    {
        var elements = types.Select(type => type.ToElementType()).ToArray();
        return elements.All(element => element is not null)
            ? elements.Select(element => element!.Value).ToArray()
            : types.Select(Type).ToArray();
    }

    /// <summary>An empty list does not say of what it is one; the operation does.</summary>
    private static object Typed(object value, string type) => (value, type) switch
    {
        (not object[] { Length: 0 } or string[], _) => value,
        (_, "list(int)") => Array.Empty<long>(),
        (_, "list(float)") => Array.Empty<float>(),
        (_, "list(bool)") => Array.Empty<bool>(),
        (_, "list(string)" or "list(func)") => Array.Empty<string>(),
        (_, "list(type)") => Array.Empty<ElementType>(),
        (_, "list(shape)") => Array.Empty<TensorShape>(),
        (_, "list(tensor)") => Array.Empty<ConstantTensor>(),
        _ => value,
    };
}
