using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Proto;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.Engine.Onnx.Translation;

/// <summary>A signature as an ONNX model.</summary>
/// <param name="InputNames">ONNX name of every input of the signature, in its order.</param>
/// <param name="Origins">ONNX node → the SavedModel's node, for errors.</param>
internal sealed record TranslatedModel(
    byte[] Bytes, IReadOnlyList<string> InputNames, IReadOnlyList<string> OutputNames,
    IReadOnlyDictionary<string, string> Origins, long ConstantBytes);

/// <summary>Translates a flat TensorFlow graph to ONNX, node by node; the table says how.</summary>
internal static class OnnxTranslator
{
    public const int Opset = 17;
    private const int IrVersion = 8;

    /// <summary>Changes when the translation of any op changes: jobs pin it, since other numbers may come
    /// out.</summary>
    public const int Version = 2;

    /// <summary>Constants up to this many integers are followed while translating: shapes, axes, sizes.</summary>
    private const int FollowedElementsMax = 1024;

    /// <exception cref="ModelLoadException">An op is not in the table, or a node uses it in an unsupported
    /// way.</exception>
    public static TranslatedModel Translate(FlatGraph flat)
    {
        var keys = flat.Inputs.Select(input => input.Spec.Name).Concat(flat.Outputs.Select(output => output.Spec.Name));
        var graph = new OnnxGraph(keys.ToHashSet(StringComparer.Ordinal));
        var values = new Dictionary<FlatEdge, OnnxValue>();
        var inputNames = AddInputs(flat, graph, values);
        foreach (var node in flat.Nodes.Where(n => n.Op != "Placeholder"))
        {
            graph.Origin = $"{node.Name} ({node.Op})";
            if (node.Constant is { } constant)
            {
                values[new FlatEdge(node, 0)] = Constant(graph, constant);
                continue;
            }

            var translate = OperatorTable.Find(node.Op)
                ?? throw new ModelLoadException(
                    $"Op {node.Op} of node '{node.Name}' is not supported by the embedded engine.")
                { Refused = true };
            var context = new NodeContext(node, graph, [.. node.Inputs.Select(edge => Value(values, edge, node.Name))]);
            translate(context);
            foreach (var (index, value) in context.Outputs)
            {
                values[new FlatEdge(node, index)] = value;
            }
        }

        var outputNames = AddOutputs(flat, graph, values, inputNames);
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "ScoringCluster",
            Graph = graph.Proto,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
        };
        return new TranslatedModel(model.ToByteArray(), inputNames, outputNames, graph.Origins, graph.ConstantBytes);
    }

    private static List<string> AddInputs(FlatGraph flat, OnnxGraph graph, Dictionary<FlatEdge, OnnxValue> values)
    {
        var names = new List<string>();
        foreach (var input in flat.Inputs)
        {
            graph.Proto.Input.Add(Info(input.Spec.Name, input.Spec.Type, input.Spec.Shape, names.Count));
            values[new FlatEdge(input.Node, 0)] = new OnnxValue(input.Spec.Name, input.Spec.Type, input.Spec.Shape);
            names.Add(input.Spec.Name);
        }

        return names;
    }

    private static List<string> AddOutputs(
        FlatGraph flat, OnnxGraph graph, Dictionary<FlatEdge, OnnxValue> values, List<string> inputNames)
    {
        var names = new List<string>();
        foreach (var output in flat.Outputs)
        {
            var value = Value(values, output.Source, $"output '{output.Spec.Name}'");
            if (value.Type != output.Spec.Type)
            {
                throw new ModelLoadException(
                    $"Output '{output.Spec.Name}' is {value.Type.ProtocolName()} in the graph and "
                        + $"{output.Spec.Type.ProtocolName()} in the signature.");
            }

            // In ONNX an input and an output never share a name; in a signature they may.
            var name = inputNames.Contains(output.Spec.Name) ? output.Spec.Name + "/output" : output.Spec.Name;
            graph.Proto.Node
                .Add(new NodeProto
                {
                    OpType = "Identity",
                    Name = $"o{names.Count}",
                    Input = { value.Name },
                    Output = { name }
                });
            graph.Proto.Output.Add(Info(name, output.Spec.Type, TensorShape.UnknownRank, 0));
            names.Add(name);
        }

        return names;
    }

    private static OnnxValue Value(Dictionary<FlatEdge, OnnxValue> values, FlatEdge edge, string reader) =>
        values.TryGetValue(edge, out var value)
            ? value
            : throw new ModelLoadException(
                $"'{reader}' reads output {edge.Index} of node '{edge.Node.Name}' ({edge.Node.Op}), which is not "
                + $"translated.")
            { Refused = true };

    private static OnnxValue Constant(OnnxGraph graph, ConstantTensor constant) =>
        new(graph.Constant(constant), constant.Type, constant.Shape)
        {
            Constant = constant,
            Elements = Integers(constant)
        };

    private static IReadOnlyList<long?>? Integers(ConstantTensor constant)
    {
        if (constant.Shape.Rank > 2 || constant.Bytes.Length > FollowedElementsMax * sizeof(long))
        {
            return null;
        }

        return constant.Type switch
        {
            ElementType.Int32 =>
                [.. MemoryMarshal.ToEnumerable(constant.Bytes).Chunk(4).Select(b => (long?)BitConverter.ToInt32(b))],
            ElementType.Int64 =>
                [.. MemoryMarshal.ToEnumerable(constant.Bytes).Chunk(8).Select(b => (long?)BitConverter.ToInt64(b))],
            _ => null,
        };
    }

    private static ValueInfoProto Info(string name, ElementType type, TensorShape shape, int number)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = OnnxTypes.Number(type) };
        if (shape.HasRank)
        {
            tensor.Shape = new TensorShapeProto();
            for (var axis = 0; axis < shape.Rank; axis++)
            {
                tensor.Shape.Dim.Add(shape[axis] == TensorShape.Any
                    ? new TensorShapeProto.Types.Dimension { DimParam = $"d{number}_{axis}" }
                    : new TensorShapeProto.Types.Dimension { DimValue = shape[axis] });
            }
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
