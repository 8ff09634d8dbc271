using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel.Proto;
using TensorProto = ScoringCluster.SavedModel.Proto.TensorProto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation;

/// <summary>
/// A small SavedModel of one test, given node by node as "name = Op(input, …)", loaded by the real engine and run on
/// the tensors that were fed.
/// </summary>
internal sealed class GraphUnderTest : IDisposable
{
    /// <summary>For <c>unknown</c> of <see cref="Feed"/>: the signature does not even say the rank.</summary>
    public const int Rank = -1;

    /// <summary>For <c>unknown</c> of <see cref="Feed"/>: the signature says the rank alone.</summary>
    public const int EveryAxis = int.MaxValue;

    private readonly string _folder = Directory.CreateTempSubdirectory("graph-").FullName;
    private readonly SortedDictionary<string, (Tensor Tensor, TensorInfo Info)> _feeds = new(StringComparer.Ordinal);

    public MetaGraphDef Meta { get; } = new()
    {
        MetaInfoDef = new MetaGraphDef.Types.MetaInfoDef { Tags = { "serve" } },
        GraphDef = new GraphDef { Library = new FunctionDefLibrary() },
    };

    /// <summary>An input and its value.</summary>
    /// <param name="unknown">Bit i: the signature leaves the size of axis i open. The batch axis by default.</param>
    public GraphUnderTest Feed<T>(string name, NdArray<T> value, int unknown = 1)
        where T : unmanaged
    {
        var shape = unknown == Rank ? new TensorShapeProto { UnknownRank = true }
            : Attr.Shape(value.Shape.Select((size, axis) => (unknown >> axis & 1) == 1 ? -1L : size));
        var type = TypeOf(typeof(T));
        Node($"{name} = Placeholder()", ("dtype", Attr.Type(type.Proto)), ("shape", new AttrValue { Shape = shape }));
        var tensor = Tensor.Copy<T>(TensorBlockPool.Shared, name, type.Element, Shape(value.Shape), value.Data);
        _feeds.Add(name, (tensor, new TensorInfo { Name = $"{name}:0", Dtype = type.Proto, TensorShape = shape }));
        return this;
    }

    public GraphUnderTest Constant<T>(string name, NdArray<T> value)
        where T : unmanaged
    {
        var type = TypeOf(typeof(T)).Proto;
        var tensor = new TensorProto
        {
            Dtype = type,
            TensorShape = Attr.Shape(value.Shape.Select(size => (long)size)),
            TensorContent = ByteString.CopyFrom(MemoryMarshal.AsBytes(value.Data.AsSpan())),
        };
        return Node(
            $"{name} = Const()", ("dtype", Attr.Type(type)), ("value", new AttrValue { Tensor = tensor }));
    }

    public GraphUnderTest Integers(string name, params int[] values) => Constant(name, NdArray.Vector(values));

    public GraphUnderTest Node(string text, params (string Name, AttrValue Value)[] attributes)
    {
        Meta.GraphDef.Node.Add(Parse(text, attributes));
        return this;
    }

    public static NodeDef Parse(string text, params (string Name, AttrValue Value)[] attributes)
    {
        var (name, call) = (text.Split(" = ")[0], text.Split(" = ")[1]);
        var open = call.IndexOf('(', StringComparison.Ordinal);
        var node = new NodeDef
        {
            Name = name,
            Op = call[..open],
            Input = { call[(open + 1)..^1].Split(", ", StringSplitOptions.RemoveEmptyEntries) },
        };
        foreach (var (key, value) in attributes)
        {
            node.Attr.Add(key, value);
        }

        return node;
    }

    /// <summary>
    /// The value of a node. It is taken through a reshape to the shape that the translator inferred for it, so that a
    /// wrong inference fails here and not in a graph that builds upon it.
    /// </summary>
    public NdArray<T> Run<T>(string node)
        where T : unmanaged
    {
        Node($"inferred = Shape({node})");
        Node($"checked = Reshape({node}, inferred)");
        return RunPlain<T>("checked");
    }

    public NdArray<T> RunPlain<T>(string node)
        where T : unmanaged
    {
        using var model = Load(node, TypeOf(typeof(T)).Proto);
        var outputs = new Tensor?[1];
        Assert.Null(model.Execute(model.Signatures[0], 0, Inputs, outputs));
        using var output = outputs[0]!;
        Assert.Equal(TypeOf(typeof(T)).Element, output.Type);
        return new NdArray<T>(
            [.. output.Shape.Dimensions.ToArray().Select(size => (int)size)], output.Values<T>().ToArray());
    }

    /// <summary>Runs the graph, which has to fail, and returns why.</summary>
    public EngineFault Fault(string node, DataType type = DataType.DtFloat)
    {
        using var model = Load(node, type);
        var fault = model.Execute(model.Signatures[0], 0, Inputs, new Tensor?[1]);
        Assert.NotNull(fault);
        return fault;
    }

    /// <summary>Asserts that the engine refuses the graph, and names op, node and <paramref name="why"/>.</summary>
    public void AssertRefused(string node, string why, DataType type = DataType.DtFloat)
    {
        var definition = Meta.GraphDef.Node.Single(n => n.Name == node);
        var refusal = Assert.Throws<ModelLoadException>(() => Load(node, type).Dispose());
        Assert.True(refusal.Refused, refusal.ToString());
        Assert.Contains(definition.Op, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(node, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Adds the default signature over what was fed.</summary>
    public GraphUnderTest Sign(string node, DataType type, TensorShapeProto? shape = null) =>
        Sign(ModelSignature.Default, node, type, shape);

    public GraphUnderTest Sign(string signature, string node, DataType type, TensorShapeProto? shape = null)
    {
        var definition = new SignatureDef
        {
            Outputs =
            {
                ["result"] = new TensorInfo
                {
                    Name = $"{node}:0",
                    Dtype = type,
                    TensorShape = shape ?? new TensorShapeProto { UnknownRank = true },
                },
            },
        };
        foreach (var (name, feed) in _feeds)
        {
            definition.Inputs.Add(name, feed.Info);
        }

        Meta.SignatureDef[signature] = definition;
        return this;
    }

    public IModel Load(string node, DataType type) => Sign(node, type).Load();

    public IModel Load() => new OnnxRuntimeEngine().Load(Request(), TestContext.Current.CancellationToken);

    /// <summary>Writes the SavedModel and asks for it on one slot.</summary>
    public ModelLoadRequest Request(int slots = 1, int threadsPerSlot = 1) =>
        new(Write(), new ModelRef("graph", 1), DeviceId.Cpu(0), slots, threadsPerSlot);

    /// <summary>Writes the SavedModel and returns its folder.</summary>
    public string Write()
    {
        var saved = new SavedModel.Proto.SavedModel { SavedModelSchemaVersion = 1, MetaGraphs = { Meta } };
        File.WriteAllBytes(Path.Combine(_folder, "saved_model.pb"), saved.ToByteArray());
        return _folder;
    }

    public void Dispose()
    {
        foreach (var (tensor, _) in _feeds.Values)
        {
            tensor.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What was fed, in the signature's order.</summary>
    public Tensor[] Inputs => [.. _feeds.Values.Select(feed => feed.Tensor)];

    private static TensorShape Shape(int[] shape) => TensorShape.Of([.. shape.Select(size => (long)size)]);

    private static (DataType Proto, ElementType Element) TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Single => (DataType.DtFloat, ElementType.Float32),
        TypeCode.Double => (DataType.DtDouble, ElementType.Float64),
        TypeCode.Int32 => (DataType.DtInt32, ElementType.Int32),
        TypeCode.Int64 => (DataType.DtInt64, ElementType.Int64),
        TypeCode.SByte => (DataType.DtInt8, ElementType.Int8),
        TypeCode.Byte => (DataType.DtUint8, ElementType.UInt8),
        TypeCode.Boolean => (DataType.DtBool, ElementType.Bool),
        _ when type == typeof(Half) => (DataType.DtHalf, ElementType.Float16),
        _ => throw new ArgumentException($"{type} has no element type here."),
    };
}
