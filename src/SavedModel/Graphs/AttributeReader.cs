using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Graphs;

/// <summary>A node's attributes over its op definition's defaults, as <see cref="FlatAttributes"/>.</summary>
internal static class AttributeReader
{
    /// <summary>Read apart (<see cref="OutputShapes"/>), or of no use to a translator.</summary>
    private static readonly HashSet<string> _ignored = ["_output_shapes", "value", "_class", "_XlaMustCompile"];

    public static FlatAttributes Read(NodeDef node, OpDef? definition, string flatName)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var attribute in definition?.Attr ?? [])
        {
            if (attribute.DefaultValue is { } value && Value(value, node.Name) is { } read)
            {
                values[attribute.Name] = read;
            }
        }

        foreach (var (name, value) in node.Attr)
        {
            if (!_ignored.Contains(name) && Value(value, node.Name) is { } read)
            {
                values[name] = read;
            }
        }

        return new FlatAttributes(flatName, values);
    }

    public static IReadOnlyList<TensorShape> OutputShapes(NodeDef node) =>
        node.Attr.TryGetValue("_output_shapes", out var value) && value.List is { } list
            ? [.. list.Shape.Select(shape => ProtoTensors.Shape(shape))]
            : [];

    private static object? Value(AttrValue value, string node) => value.ValueCase switch
    {
        AttrValue.ValueOneofCase.I => value.I,
        AttrValue.ValueOneofCase.F => value.F,
        AttrValue.ValueOneofCase.B => value.B,
        AttrValue.ValueOneofCase.S => value.S.ToStringUtf8(),
        AttrValue.ValueOneofCase.Type => Type(value.Type),
        AttrValue.ValueOneofCase.Shape => ProtoTensors.Shape(value.Shape),
        AttrValue.ValueOneofCase.Tensor => ProtoTensors.Read(value.Tensor, node),
        AttrValue.ValueOneofCase.Func => value.Func.Name,
        AttrValue.ValueOneofCase.List => List(value.List, node),
        _ => null,
    };

    private static object List(AttrValue.Types.ListValue list, string node)
    {
        if (list.I.Count > 0)
        {
            return list.I.ToArray();
        }

        if (list.F.Count > 0)
        {
            return list.F.ToArray();
        }

        if (list.B.Count > 0)
        {
            return list.B.ToArray();
        }

        if (list.S.Count > 0)
        {
            return list.S.Select(s => s.ToStringUtf8()).ToArray();
        }

        if (list.Type.Count > 0)
        {
            var types = list.Type.Select(Type).ToArray();
            return types.All(t => t is ElementType) ? types.Cast<ElementType>().ToArray() : types;
        }

        if (list.Shape.Count > 0)
        {
            return list.Shape.Select(shape => ProtoTensors.Shape(shape)).ToArray();
        }

        return list.Tensor.Count > 0
            ? list.Tensor.Select(tensor => ProtoTensors.Read(tensor, node)).ToArray()
            : list.Func.Count > 0 ? list.Func.Select(f => f.Name).ToArray() : Array.Empty<object>();
    }

    private static object Type(DataType type) =>
        DataTypes.ElementTypeOf(type) is { } element ? element : DataTypes.NameOf(type);
}
