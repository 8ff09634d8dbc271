using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Translation;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation;

public sealed class OnnxTranslatorTests
{
    private static readonly NdArray<float> _x = NdArray.Numbers(1, 2, 3);

    [Fact]
    public void Translate_OpThatIsNotInTheTable_NamesOpNodeAndLayer()
    {
        // Two calls deep, where exporters put a layer's nodes.
        using var graph = new GraphUnderTest().Feed("x", _x).Node("model = StatefulPartitionedCall(x)", Calls("outer"));
        Define(graph, "outer", "call:output:0", GraphUnderTest.Parse("call = PartitionedCall(a)", Calls("inner")));
        Define(graph, "inner", "augment/Noise:output:0", GraphUnderTest.Parse("augment/Noise = RandomGamma(a, a)"));
        graph.Sign("model", DataType.DtFloat);

        var refusal = Assert.Throws<ModelLoadException>(() => graph.Load().Dispose());

        Assert.True(refusal.Refused);
        Assert.Contains("Op RandomGamma of node 'model/call/augment/Noise'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_NodesOfAFunctionCalledTwice_AreApart()
    {
        using var graph = new GraphUnderTest().Feed("x", _x)
            .Node("first = PartitionedCall(x)", Calls("square"))
            .Node("second = PartitionedCall(first)", Calls("square"));
        Define(graph, "square", "s:y:0", GraphUnderTest.Parse("s = Square(a)"));

        NdArray.AssertClose(_x.Map(value => value * value * value * value), graph.Run<float>("second"));
    }

    [Fact]
    public void Translate_InputThatNoOutputReads_StaysAnInput()
    {
        using var graph = new GraphUnderTest().Feed("unread", NdArray.Vector(1L)).Feed("x", _x).Node("y = Neg(x)");

        NdArray.AssertSame(_x.Map(value => -value), graph.Run<float>("y"));
    }

    [Fact]
    public void Translate_ConstantAsOutput_IsItsValue()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Constant("answer", NdArray.Vector(4L, 2L));

        NdArray.AssertSame(NdArray.Vector(4L, 2L), graph.RunPlain<long>("answer"));
    }

    [Fact]
    public void Translate_OutputsOfOneName_OneNodeAndTheInputItself_AreEachThere()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Node("y = Neg(x)").Sign("y", DataType.DtFloat);
        var outputs = graph.Meta.SignatureDef[ModelSignature.Default].Outputs;
        outputs["x"] = new TensorInfo(outputs["result"]);
        outputs["again"] = new TensorInfo(outputs["result"]);
        outputs["itself"] = new TensorInfo(outputs["result"]) { Name = "x:0" };

        using var model = graph.Load();
        var results = new Tensor?[4];
        Assert.Null(model.Execute(model.Signatures[0], 0, graph.Inputs, results));

        Assert.Equal(["again", "itself", "result", "x"], results.Select(tensor => tensor!.Name));
        foreach (var tensor in results)
        {
            var sign = tensor!.Name == "itself" ? 1 : -1;
            Assert.Equal(_x.Data.Select(value => sign * value), tensor.Values<float>().ToArray());
            tensor.Dispose();
        }
    }

    [Fact]
    public void Translate_InputNamedAsTheGraphNamesItsOwn_IsNotTakenForIt()
    {
        // The input would silently replace the constant, whose type and shape it has.
        var one = NdArray.Vector(1f);
        using var graph = new GraphUnderTest()
            .Feed("x", one, 0).Constant("ten", NdArray.Vector(10f)).Node("y = AddV2(ten, x)")
            .Sign("y", DataType.DtFloat);
        var inputs = graph.Meta.SignatureDef[ModelSignature.Default].Inputs;
        inputs.Add("/0", inputs["x"]);
        inputs.Remove("x");

        using var model = graph.Load();
        var outputs = new Tensor?[1];
        Assert.Null(model.Execute(model.Signatures[0], 0, graph.Inputs, outputs));

        using var output = outputs[0]!;
        Assert.Equal([11f], output.Values<float>().ToArray());
    }

    [Fact]
    public void Translate_OutputOfAnotherTypeThanSigned_IsDamage()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Node("y = Less(x, x)");

        var failure = Assert.Throws<ModelLoadException>(() => graph.Load("y", DataType.DtFloat).Dispose());

        Assert.False(failure.Refused);
        Assert.Contains("'result' is BOOL in the graph and FP32 in the signature", failure.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_TheSameGraphUnderTwoSignatures_GivesTheSameBytes()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Constant("k", NdArray.Numbers(2, 3))
            .Node("y = Mul(x, k)").Sign("a", "y", DataType.DtFloat).Sign("b", "y", DataType.DtFloat);

        using var reader = SavedModelReader.Open(graph.Write());

        Assert.Equal(
            OnnxTranslator.Translate(reader.Flatten("a")).Bytes, OnnxTranslator.Translate(reader.Flatten("b")).Bytes);
    }

    private static (string Name, AttrValue Value)[] Calls(string function) =>
    [
        ("f", Attr.Function(function)), ("Tin", Attr.Types(DataType.DtFloat)), ("Tout", Attr.Types(DataType.DtFloat)),
    ];

    /// <summary>A function of one float tensor "a".</summary>
    private static void Define(GraphUnderTest graph, string name, string result, NodeDef node) =>
        graph.Meta.GraphDef.Library.Function.Add(new FunctionDef
        {
            Signature = new OpDef
            {
                Name = name,
                InputArg = { new OpDef.Types.ArgDef { Name = "a", Type = DataType.DtFloat } },
                OutputArg = { new OpDef.Types.ArgDef { Name = "r", Type = DataType.DtFloat } },
            },
            NodeDef = { node },
            Ret = { ["r"] = result },
        });
}
