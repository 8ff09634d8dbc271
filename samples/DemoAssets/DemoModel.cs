using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.SavedModel.Proto;
using SavedModelProto = ScoringCluster.SavedModel.Proto.SavedModel;

namespace ScoringCluster.DemoAssets;

/// <summary>
/// A SavedModel made by hand, every weight a constant: two edge filters, their mean strengths, and a small decision. It
/// tells horizontal stripes, vertical stripes and blank pictures apart.
/// </summary>
public static class DemoModel
{
    private const int Side = 64;

    /// <summary>In the order of the output.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["horizontal", "vertical", "blank"];

    /// <param name="folder">Gets <c>saved_model.pb</c> and <c>assets.extra/scoring.json</c>.</param>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "assets.extra"));
        File.WriteAllBytes(Path.Combine(folder, "saved_model.pb"), Create().ToByteArray());
        File.WriteAllText(Path.Combine(folder, "assets.extra", "scoring.json"), Manifest);
    }

    private const string Manifest = """
        {
          "format": 1,
          "task": "classification",
          "classes": ["horizontal", "vertical", "blank"],
          "input": {
            "kind": "image", "tensor": "picture", "height": 64, "width": 64, "channels": 1,
            "resize": "bilinear", "scale": 0.00392156862745098, "mean": null, "std": null
          },
          "output": { "tensor": "probabilities", "kind": "probabilities" }
        }

        """;

    private static SavedModelProto Create()
    {
        var graph = new GraphDef { Versions = new VersionDef { Producer = 1286, MinConsumer = 12 } };
        graph.Node.Add(new NodeDef
        {
            Name = "picture",
            Op = "Placeholder",
            Attr = { ["dtype"] = Type(), ["shape"] = new AttrValue { Shape = Shape(-1, Side, Side, 1) } },
        });

        // Rows that differ (horizontal edges) and columns that differ (vertical edges), each with both signs.
        AddConstant(graph, "edges", [3, 3, 1, 4], EdgeFilters());
        AddConstant(graph, "floor", [4], [-0.5f, -0.5f, -0.5f, -0.5f]);
        Add(graph, "filtered", "Conv2D", ["picture", "edges"],
            ("strides", Ints(1, 1, 1, 1)), ("padding", Text("VALID")));
        Add(graph, "thresholded", "BiasAdd", ["filtered", "floor"]);
        Add(graph, "strengths", "Relu", ["thresholded"]);
        AddConstant(graph, "space", [2], [1, 2], DataType.DtInt32);
        graph.Node.Add(new NodeDef
        {
            Name = "means",
            Op = "Mean",
            Input = { "strengths", "space" },
            Attr = { ["T"] = Type(), ["Tidx"] = Type(DataType.DtInt32), ["keep_dims"] = new AttrValue { B = false } },
        });

        // A direction's own edges speak for it; blank is what is left where neither is strong.
        AddConstant(graph, "weights", [4, 3], [40, -40, 0, 40, -40, 0, -40, 40, 0, -40, 40, 0]);
        AddConstant(graph, "offsets", [3], [0, 0, 2]);
        Add(graph, "votes", "MatMul", ["means", "weights"]);
        Add(graph, "logits", "BiasAdd", ["votes", "offsets"]);
        Add(graph, "softmax", "Softmax", ["logits"]);
        Add(graph, "probabilities", "Identity", ["softmax"]);

        return new SavedModelProto
        {
            SavedModelSchemaVersion = 1,
            MetaGraphs =
            {
                new MetaGraphDef
                {
                    MetaInfoDef = new MetaGraphDef.Types.MetaInfoDef
                    {
                        Tags = { "serve" },
                        TensorflowVersion = "2.15.0",
                    },
                    GraphDef = graph,
                    SignatureDef = { ["serving_default"] = Signature(), ["serve"] = Signature() },
                },
            },
        };
    }

    private static float[] EdgeFilters()
    {
        float[] rows = [1, 2, 1, 0, 0, 0, -1, -2, -1];
        float[] columns = [1, 0, -1, 2, 0, -2, 1, 0, -1];
        var filters = new float[9 * 4];
        for (var i = 0; i < 9; i++)
        {
            (filters[i * 4], filters[(i * 4) + 1]) = (rows[i], -rows[i]);
            (filters[(i * 4) + 2], filters[(i * 4) + 3]) = (columns[i], -columns[i]);
        }

        return filters;
    }

    private static SignatureDef Signature() => new()
    {
        MethodName = "tensorflow/serving/predict",
        Inputs = { ["picture"] = Info("picture:0", -1, Side, Side, 1) },
        Outputs = { ["probabilities"] = Info("probabilities:0", -1, Classes.Count) },
    };

    private static TensorInfo Info(string name, params ReadOnlySpan<long> shape) =>
        new() { Name = name, Dtype = DataType.DtFloat, TensorShape = Shape(shape) };

    private static void Add(
        GraphDef graph, string name, string op, string[] inputs, params (string Name, AttrValue Value)[] attributes)
    {
        var node = new NodeDef { Name = name, Op = op, Attr = { ["T"] = Type() } };
        node.Input.AddRange(inputs);
        foreach (var (attribute, value) in attributes)
        {
            node.Attr[attribute] = value;
        }

        graph.Node.Add(node);
    }

    private static void AddConstant(
        GraphDef graph, string name, long[] shape, float[] values, DataType type = DataType.DtFloat)
    {
        var content = type == DataType.DtInt32
            ? MemoryMarshal.AsBytes(values.Select(v => (int)v).ToArray().AsSpan())
            : MemoryMarshal.AsBytes(values.AsSpan());
        graph.Node.Add(new NodeDef
        {
            Name = name,
            Op = "Const",
            Attr =
            {
                ["dtype"] = Type(type),
                ["value"] = new AttrValue
                {
                    Tensor = new TensorProto
                    {
                        Dtype = type,
                        TensorShape = Shape(shape),
                        TensorContent = ByteString.CopyFrom(content),
                    },
                },
            },
        });
    }

    private static AttrValue Type(DataType type = DataType.DtFloat) => new() { Type = type };

    private static AttrValue Text(string value) => new() { S = ByteString.CopyFromUtf8(value) };

    private static AttrValue Ints(params ReadOnlySpan<long> values)
    {
        var list = new AttrValue.Types.ListValue();
        list.I.AddRange(values.ToArray());
        return new AttrValue { List = list };
    }

    private static TensorShapeProto Shape(params ReadOnlySpan<long> sizes)
    {
        var shape = new TensorShapeProto();
        foreach (var size in sizes)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dim { Size = size });
        }

        return shape;
    }
}
