using Google.Protobuf;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Tests.Bundles;
using static ScoringCluster.SavedModel.Tests.ModelBuilder;

namespace ScoringCluster.SavedModel.Tests.Variables;

public sealed class VariableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flatten_OfARestoreFunction_TakesTheKeysThatItNames()
    {
        new CheckpointWriter().Add("key/1", 10, 20, 30).Add("key/2", 7, 8, 9).Add("other", 0).Write(_folder);

        var graph = WithRestoreFunction().Flatten(_folder);

        Assert.Equal([7f, 8f, 9f], Constant(graph, "weights"));
        Assert.Equal([10f, 20f, 30f], Constant(graph, "bias"));
        Assert.Equal(["x", "weights", "sum/call/sum", "bias", "sum/call/out"], graph.Nodes.Select(node => node.Name));
    }

    [Fact]
    public void Flatten_OfSeveralHandlesOfOneVariable_SharesOneConstant()
    {
        new CheckpointWriter().Add("key/1", 1, 2, 3).Add("key/2", 4, 5, 6).Write(_folder);
        var builder = WithRestoreFunction();
        foreach (var handle in builder.Meta.GraphDef.Node.Where(node => node.Name == "weights").ToArray())
        {
            handle.Attr["shared_name"] = Text("w");
        }

        var graph = builder
            .Node("weights_1 = VarHandleOp()", ("shared_name", Text("w")), ("dtype", Type(DataType.DtFloat)))
            .Node("read = ReadVariableOp(weights_1)")
            .Node("both = AddV2(out, read)")
            .Output("both")
            .Flatten(_folder);

        Assert.Equal(2, graph.Nodes.Count(node => node.Op == "Const"));
    }

    [Fact]
    public void Flatten_OfATensorFlow1Saver_FollowsItsAssignments()
    {
        new CheckpointWriter().Add("layer/kernel", 1, 2, 3).Write(_folder);

        var graph = ReferenceVariable().Flatten(_folder);

        Assert.Equal([1f, 2f, 3f], Constant(graph, "kernel"));
    }

    [Fact]
    public void Flatten_WithoutRestoreOperation_AsksTheObjectGraph()
    {
        var objects = new TrackableObjectGraph();
        objects.Nodes.AddRange(Enumerable.Range(0, 3).Select(_ => new TrackableObjectGraph.Types.TrackableObject()));
        objects.Nodes[2].Attributes.Add(new TrackableObjectGraph.Types.TrackableObject.Types.SerializedTensor
        {
            Name = "VARIABLE_VALUE",
            CheckpointKey = "deep/inside",
        });
        new CheckpointWriter().Add("deep/inside", 5, 6, 7)
            .AddString("_CHECKPOINTABLE_OBJECT_GRAPH", objects.ToByteArray()).Write(_folder);
        var builder = new ModelBuilder()
            .Node("v = VarHandleOp()", ("dtype", Type(DataType.DtFloat)))
            .Define("f", ["a", "h:resource"], ["r=sum:z:0"],
                Parse("read = ReadVariableOp(h)"), Parse("sum = AddV2(a, read:value:0)"))
            .Call("call", "f", "x", "v")
            .Output("call");
        builder.Meta.ObjectGraphDef = new SavedObjectGraph
        {
            ConcreteFunctions = { ["f"] = new SavedConcreteFunction { BoundInputs = { 2 } } },
        };

        Assert.Equal([5f, 6f, 7f], Constant(builder.Flatten(_folder), "v"));
    }

    [Fact]
    public void Flatten_WithoutAnyMapping_TakesTheNameAsKey()
    {
        new CheckpointWriter().Add("v", 1).Write(_folder);

        Assert.Equal([1f], Constant(SingleVariable().Flatten(_folder), "v"));
    }

    [Fact]
    public void Flatten_OfAVariableThatIsNotRestored_NamesIt()
    {
        new CheckpointWriter().Add("key/1", 1).Add("key/2", 1).Add("v", 2).Write(_folder);
        var builder = WithRestoreFunction()
            .Node("v = VarHandleOp()", ("dtype", Type(DataType.DtFloat)))
            .Node("read = ReadVariableOp(v)")
            .Output("read");

        Refused(builder, "'v'", "not found");
    }

    [Fact]
    public void Flatten_OfAnotherShape_NamesVariableAndBothShapes()
    {
        new CheckpointWriter().Add("v", 1, 2).Write(_folder);

        Refused(SingleVariable(("shape", Shape(4))), "'v'", "[2]", "[4]");
    }

    [Fact]
    public void Flatten_OfASlicedVariable_IsUnsupported()
    {
        var slice = new TensorSliceProto();
        new CheckpointWriter().Add("v", 1, 2).Change("v", entry => entry.Slices.Add(slice)).Write(_folder);

        Assert.True(Refused(SingleVariable(), "'v'", "partitioned").Unsupported);
    }

    [Fact]
    public void Flatten_OfOverlappingVariables_IsRefused()
    {
        var writer = new CheckpointWriter().Add("v", 1, 2, 3).Add("w", 1, 2, 3);
        writer.Change("w", entry => entry.Offset = 0);
        writer.Add("z", 1).Change("z", entry =>
        {
            (entry.Offset, entry.Size) = (0, 24);
            entry.Shape = ShapeProto(6);
        });
        writer.Write(_folder);
        var builder = new ModelBuilder();
        foreach (var name in new[] { "v", "w", "z" })
        {
            builder.Node($"{name} = VarHandleOp()", ("dtype", Type(DataType.DtFloat)));
            builder.Node($"read_{name} = ReadVariableOp({name})");
        }

        Refused(
            builder.Node("out = AddN(read_v, read_w, read_z)", ("N", new() { I = 3 })).Output("out"), "overlaps");
    }

    [Fact]
    public void Flatten_OfASizeThatIsNotTheShapes_NamesTheVariable()
    {
        new CheckpointWriter().Add("v", 1, 2).Change("v", entry => entry.Shape = ShapeProto(1L << 60)).Write(_folder);

        Refused(SingleVariable(), "'v'", "size 8");
    }

    [Fact]
    public void Flatten_OfASignatureThatAssigns_IsUnsupportedEvenByControl()
    {
        new CheckpointWriter().Add("v", 1).Write(_folder);
        var builder = new ModelBuilder()
            .Node("v = VarHandleOp()", ("dtype", Type(DataType.DtFloat)))
            .Node("count = AssignAddVariableOp(v, x)")
            .Node("read = ReadVariableOp(v, ^count)")
            .Output("read");

        Assert.True(Refused(builder, "'count'", "AssignAddVariableOp", "serving_default").Unsupported);
    }

    [Fact]
    public void Flatten_OfAVariableThatInitialisationAssigns_IsUnsupported()
    {
        new CheckpointWriter().Add("v", 1).Write(_folder);
        var builder = SingleVariable()
            .Constant("late", 2)
            .Node("assign = AssignVariableOp(v, late)")
            .Node("init = NoOp(^assign)");
        builder.Meta.CollectionDef["saved_model_main_op"] = new CollectionDef
        {
            NodeList = new CollectionDef.Types.NodeList { Value = { "init" } },
        };

        Assert.True(Refused(builder, "'v'", "initialisation").Unsupported);
    }

    [Fact]
    public void Flatten_OfAGatherFromAVariable_GathersFromAConstant()
    {
        new CheckpointWriter().Add("v", 1, 2, 3).Write(_folder);
        var graph = SingleVariable()
            .Node("row = ResourceGather(v, x)")
            .Output("row")
            .Flatten(_folder);

        var gather = graph.Nodes.Single(node => node.Op == "Gather");
        Assert.Equal(["v", "x"], gather.Inputs.Select(edge => edge.ToString()));
    }

    private static ModelBuilder SingleVariable(params (string Name, AttrValue Value)[] attributes) => new ModelBuilder()
        .Node("v = VarHandleOp()", [("dtype", Type(DataType.DtFloat)), .. attributes])
        .Node("read = ReadVariableOp(v)")
        .Output("read");

    private static ModelBuilder WithRestoreFunction()
    {
        var builder = new ModelBuilder()
            .Node("weights = VarHandleOp()", ("dtype", Type(DataType.DtFloat)), ("shape", Shape(3)))
            .Node("bias = VarHandleOp()", ("dtype", Type(DataType.DtFloat)))
            .Node("prefix = Placeholder()", ("dtype", Type(DataType.DtString)))
            .Define("restore", ["file", "a:resource", "b:resource"], ["r=file"],
                Parse("names = Const()", ("value", Strings("key/2", "key/1"))),
                Parse("slices = Const()", ("value", Strings("", ""))),
                Parse("RestoreV2 = RestoreV2(file, names:output:0, slices:output:0)",
                    ("dtypes", TypeList(DataType.DtFloat, DataType.DtFloat))),
                Parse("i0 = Identity(RestoreV2:tensors:0)"),
                Parse("i1 = Identity(RestoreV2:tensors:1)"),
                Parse("assign0 = AssignVariableOp(a, i0:output:0)"),
                Parse("assign1 = AssignVariableOp(b, i1:output:0)"))
            .Call("restore_all", "restore", "prefix", "weights", "bias")
            .Define("f", ["v", "h:resource", "g:resource"], ["r=out:z:0"],
                Parse("read_h = ReadVariableOp(h)"),
                Parse("read_g = ReadVariableOp(g)"),
                Parse("sum = AddV2(v, read_h:value:0)"),
                Parse("out = Mul(sum:z:0, read_g:value:0)"))
            .Define("wrapper", ["v", "h:resource", "g:resource"], ["r=call:output:0"],
                Parse("call = StatefulPartitionedCall(v, h, g)", Calls("f")))
            .Node("sum = wrapper(x, weights, bias)")
            .Node("out = Identity(sum)")
            .Output("out:0");
        var function = builder.Meta.GraphDef.Library.Function.Single(f => f.Signature.Name == "restore");
        function.ControlRet.Add("a0", "assign0");
        function.ControlRet.Add("a1", "assign1");
        builder.Meta.SaverDef = new SaverDef { RestoreOpName = "restore_all" };
        return builder;
    }

    private static ModelBuilder ReferenceVariable()
    {
        var builder = new ModelBuilder()
            .Node("kernel = VariableV2()", ("dtype", Type(DataType.DtFloat)), ("shape", Shape(3)))
            .Node("kernel/read = Identity(kernel)")
            .Node("out = Mul(x, kernel/read)")
            .Node("save/Const = Const()", ("value", Strings("model")))
            .Node("save/names = Const()", ("value", Strings("layer/kernel")))
            .Node("save/slices = Const()", ("value", Strings("")))
            .Node("save/RestoreV2 = RestoreV2(save/Const, save/names, save/slices)",
                ("dtypes", TypeList(DataType.DtFloat)))
            .Node("save/Assign = Assign(kernel, save/RestoreV2)")
            .Node("save/restore_shard = NoOp(^save/Assign)")
            .Node("save/restore_all = NoOp(^save/restore_shard)")
            .Output("out:0");
        builder.Meta.SaverDef = new SaverDef { RestoreOpName = "save/restore_all" };
        return builder;
    }

    private static float[] Constant(FlatGraph graph, string name) =>
        graph.Nodes.Single(node => node.Name == name).Constant!.Values<float>().ToArray();

    private SavedModelException Refused(ModelBuilder builder, params string[] words)
    {
        var error = Assert.Throws<SavedModelException>(() => builder.Flatten(_folder));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        return error;
    }
}
