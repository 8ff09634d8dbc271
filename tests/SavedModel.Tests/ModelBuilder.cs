using Google.Protobuf;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Tests;

/// <summary>
/// Writes a small SavedModel for one test. Nodes are given as "name = Op(input, …)"; attributes beside. The float
/// vector "x" is the input and the tensor named by <see cref="Output"/> the output of the signature "serving_default".
/// </summary>
internal sealed class ModelBuilder
{
    private readonly MetaGraphDef _meta = new()
    {
        MetaInfoDef = new MetaGraphDef.Types.MetaInfoDef { Tags = { "serve" } },
        GraphDef = new GraphDef { Library = new FunctionDefLibrary() },
    };

    public ModelBuilder() => Node("x = Placeholder()", ("dtype", Type(DataType.DtFloat)), ("shape", Shape(-1, 3)));

    public MetaGraphDef Meta => _meta;

    public static AttrValue Type(DataType type) => new() { Type = type };

    public static AttrValue TypeList(params DataType[] types) =>
        new() { List = new AttrValue.Types.ListValue { Type = { types } } };

    public static AttrValue Function(string name) => new() { Func = new NameAttrList { Name = name } };

    public static AttrValue Text(string text) => new() { S = ByteString.CopyFromUtf8(text) };

    public static AttrValue Shape(params long[] dimensions) => new() { Shape = ShapeProto(dimensions) };

    public static AttrValue Floats(params float[] values) => new()
    {
        Tensor = new TensorProto
        {
            Dtype = DataType.DtFloat,
            TensorShape = ShapeProto([values.Length]),
            FloatVal = { values },
        },
    };

    public static AttrValue Strings(params string[] values) => new()
    {
        Tensor = new TensorProto
        {
            Dtype = DataType.DtString,
            TensorShape = ShapeProto([values.Length]),
            StringVal = { values.Select(ByteString.CopyFromUtf8) },
        },
    };

    public static TensorShapeProto ShapeProto(params long[] dimensions) =>
        new() { Dim = { dimensions.Select(size => new TensorShapeProto.Types.Dim { Size = size }) } };

    public ModelBuilder Node(string text, params (string Name, AttrValue Value)[] attributes)
    {
        _meta.GraphDef.Node.Add(Parse(text, attributes));
        return this;
    }

    public ModelBuilder Constant(string name, params float[] values) =>
        Node($"{name} = Const()", ("dtype", Type(DataType.DtFloat)), ("value", Floats(values)));

    /// <summary>A function of float or resource arguments ("h:resource"); results as "name=node:output:0".</summary>
    public ModelBuilder Define(string name, string[] arguments, string[] results, params NodeDef[] nodes)
    {
        var function = new FunctionDef { Signature = new OpDef { Name = name } };
        foreach (var argument in arguments.Select(text => text.Split(':')))
        {
            function.Signature.InputArg.Add(new OpDef.Types.ArgDef
            {
                Name = argument[0],
                Type = argument.Length > 1 ? DataType.DtResource : DataType.DtFloat,
            });
        }

        foreach (var result in results.Select(text => text.Split('=')))
        {
            function.Signature.OutputArg.Add(new OpDef.Types.ArgDef { Name = result[0], Type = DataType.DtFloat });
            function.Ret.Add(result[0], result[1]);
        }

        function.NodeDef.AddRange(nodes);
        _meta.GraphDef.Library.Function.Add(function);
        return this;
    }

    public ModelBuilder Call(string name, string function, params string[] inputs) =>
        Node($"{name} = StatefulPartitionedCall({string.Join(", ", inputs)})", Calls(function));

    public static NodeDef Parse(string text, params (string Name, AttrValue Value)[] attributes)
    {
        var (name, rest) = (text.Split(" = ")[0], text.Split(" = ")[1]);
        var inputs = rest[(rest.IndexOf('(', StringComparison.Ordinal) + 1)..^1];
        var node = new NodeDef
        {
            Name = name,
            Op = rest[..rest.IndexOf('(', StringComparison.Ordinal)],
            Input = { inputs.Split(", ", StringSplitOptions.RemoveEmptyEntries) },
        };
        foreach (var (key, value) in attributes)
        {
            node.Attr.Add(key, value);
        }

        return node;
    }

    public static (string Name, AttrValue Value)[] Calls(string function) =>
    [
        ("f", Function(function)),
        ("Tout", TypeList(DataType.DtFloat, DataType.DtFloat)),
    ];

    public static TensorInfo Tensor(string name, DataType type = DataType.DtFloat) =>
        new() { Name = name, Dtype = type, TensorShape = ShapeProto(-1, 3) };

    public ModelBuilder Output(string tensor)
    {
        _meta.SignatureDef["serving_default"] = new SignatureDef
        {
            Inputs = { ["x"] = Tensor("x:0") },
            Outputs = { ["y"] = Tensor(tensor) },
        };
        return this;
    }

    public void Write(TemporaryFolder folder) => folder.Write(
        "saved_model.pb",
        new Proto.SavedModel { SavedModelSchemaVersion = 1, MetaGraphs = { _meta } }.ToByteArray());

    /// <summary>Writes the model, opens it and flattens its signature.</summary>
    public Graphs.FlatGraph Flatten(TemporaryFolder folder)
    {
        Write(folder);
        using var reader = SavedModelReader.Open(folder.Path);
        return reader.Flatten("serving_default");
    }
}
