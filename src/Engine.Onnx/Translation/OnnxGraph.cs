using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Proto;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>
/// The ONNX graph in the making. Names are numbers, so that two signatures over the same function give the same bytes
/// and share one session; a side table leads back to the SavedModel's nodes.
/// </summary>
/// <param name="keys">Keys of the signature, which are names in the graph too: none of ours may equal one.</param>
internal sealed class OnnxGraph(IReadOnlySet<string> keys)
{
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private int _values;

    public GraphProto Proto { get; } = new() { Name = "signature" };

    /// <summary>Name of an ONNX node, or of its result → the SavedModel's node and op.</summary>
    public Dictionary<string, string> Origins { get; } = new(StringComparer.Ordinal);

    /// <summary>Bytes of all constants.</summary>
    public long ConstantBytes { get; private set; }

    /// <summary>The SavedModel's node that is being translated.</summary>
    public string Origin { get; set; } = "";

    /// <summary>A fresh name; the slash keeps it apart from nearly all keys of signatures.</summary>
    public string NewName()
    {
        string name;
        do
        {
            name = $"/{_values++}";
        }
        while (keys.Contains(name));
        return name;
    }

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    public string Add(string op, IEnumerable<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        AddMany(op, inputs, 1, attributes)[0];

    public string[] AddMany(
        string op, IEnumerable<string> inputs, int outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = op, Name = $"n{Proto.Node.Count}" };
        node.Input.AddRange(inputs);
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => NewName())];
        node.Output.AddRange(names);
        foreach (var attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        Proto.Node.Add(node);
        Origins[node.Name] = Origin;
        foreach (var name in names)
        {
            Origins[name] = Origin;
        }

        return names;
    }

    public string Constant(ConstantTensor constant)
    {
        var tensor = new TensorProto { Name = NewName(), DataType = OnnxTypes.Number(constant.Type) };
        tensor.Dims.AddRange(constant.Shape.Dimensions.ToArray());
        if (constant.Type == ElementType.Bytes)
        {
            tensor.StringData.AddRange(constant.Strings.Select(UnsafeByteOperations.UnsafeWrap));
        }
        else
        {
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(constant.Bytes);
            ConstantBytes += constant.Bytes.Length;
        }

        Proto.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A small integer list, shared by all that need the same one.</summary>
    public string Int64s(params ReadOnlySpan<long> values) =>
        Shared("i" + string.Join(',', values.ToArray()), values.ToArray(), [values.Length]);

    public string Int64(long value) => Shared($"s{value}", [value], []);

    /// <summary>A scalar of the given type.</summary>
    public string Scalar(ElementType type, double value) => _constants.TryGetValue($"{type}{value:R}", out var name)
        ? name
        : _constants[$"{type}{value:R}"] =
            Constant(new ConstantTensor(type, TensorShape.Scalar, ScalarBytes(type, value)));

    private string Shared(string key, long[] values, long[] shape) => _constants.TryGetValue(key, out var name)
        ? name
        : _constants[key] = Constant(new ConstantTensor(
            ElementType.Int64, TensorShape.Of(shape), MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));

    private static byte[] ScalarBytes(ElementType type, double value) => type switch
    {
        ElementType.Float32 => BitConverter.GetBytes((float)value),
        ElementType.Float64 => BitConverter.GetBytes(value),
        ElementType.Float16 => BitConverter.GetBytes((Half)value),
        ElementType.BFloat16 => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)),
        ElementType.Int32 => BitConverter.GetBytes((int)value),
        ElementType.Int64 => BitConverter.GetBytes((long)value),
        ElementType.UInt32 => BitConverter.GetBytes((uint)value),
        ElementType.UInt64 => BitConverter.GetBytes((ulong)value),
        ElementType.Int16 => BitConverter.GetBytes((short)value),
        ElementType.UInt16 => BitConverter.GetBytes((ushort)value),
        ElementType.Int8 => [unchecked((byte)(sbyte)value)],
        ElementType.UInt8 => [(byte)value],
        ElementType.Bool => [(byte)(value != 0 ? 1 : 0)],
        ElementType.Bytes => throw new ArgumentException("Strings have no numeric scalar.", nameof(type)),
    };
}
