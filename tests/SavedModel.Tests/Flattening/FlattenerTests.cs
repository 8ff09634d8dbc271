using System.Globalization;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Graphs;
using static ScoringCluster.SavedModel.Tests.ModelBuilder;

namespace ScoringCluster.SavedModel.Tests.Flattening;

public sealed class FlattenerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flatten_OfNestedFunctions_InlinesThemUnderTheCallersNames()
    {
        var graph = new ModelBuilder()
            .Define("inner", ["a", "b"], ["r=sum:z:0"], Parse("sum = AddV2(a, b)"))
            .Define("outer", ["p", "q"], ["r=call:output:0", "s=p"],
                Parse("call = StatefulPartitionedCall(p, twice:z:0)", Calls("inner")),
                Parse("twice = Mul(q, q)"))
            .Constant("c", 1, 2, 3)
            .Call("model", "outer", "x", "c")
            .Node("out = AddN(model, model:1)", ("N", new() { I = 2 }))
            .Output("out:0")
            .Flatten(_folder);

        Assert.Equal(
            ["x (Placeholder)", "c (Const)", "model/twice (Mul)", "model/call/sum (AddV2)", "out (AddN)"],
            Texts(graph));
        Assert.Equal(["model/call/sum", "x"], graph.Nodes[^1].Inputs.Select(edge => edge.ToString()));
    }

    [Fact]
    public void Flatten_OfPlumbing_LeavesOnlyWhatComputes()
    {
        var graph = new ModelBuilder()
            .Constant("c", 1)
            .Node("default = PlaceholderWithDefault(c)")
            .Node("pair = IdentityN(x, default)")
            .Node("stop = StopGradient(pair:1)")
            .Node("assert = NoOp(^pair)")
            .Node("sum = AddV2(pair, stop, ^assert)")
            .Node("unused = Exp(sum)")
            .Node("out = Identity(sum)")
            .Output("out:0")
            .Flatten(_folder);

        Assert.Equal(["x (Placeholder)", "c (Const)", "sum (AddV2)"], Texts(graph));
        Assert.Equal("sum", graph.Outputs.Single().Source.ToString());
    }

    [Fact]
    public void Flatten_OfStrippedAttributes_FillsInTheOperationsDefaults()
    {
        var graph = new ModelBuilder()
            .Node("bn = FusedBatchNormV3(x, x, x, x, x)")
            .Node("out = Squeeze(bn)")
            .Output("out")
            .Flatten(_folder);

        var norm = graph.Nodes.Single(node => node.Op == "FusedBatchNormV3").Attributes;
        Assert.True(norm.Bool("is_training"));
        Assert.Equal(1e-4f, norm.Float("epsilon"));
        Assert.Equal("NHWC", norm.Text("data_format"));
        Assert.Empty(graph.Nodes.Single(node => node.Op == "Squeeze").Attributes.List<long>("squeeze_dims"));
    }

    [Fact]
    public void Flatten_WithATensorInTheMiddleAsInput_CutsTheGraphThere()
    {
        var builder = new ModelBuilder()
            .Node("decode = DecodeJpeg(x)")
            .Node("parts = Split(decode, decode)", ("num_split", new() { I = 2 }))
            .Node("out = AddV2(parts:1, parts:1)")
            .Output("out:0");
        builder.Meta.SignatureDef["serving_default"].Inputs["x"].Name = "parts:1";

        var graph = builder.Flatten(_folder);

        Assert.Equal(["parts:1 (Placeholder)", "out (AddV2)"], Texts(graph));
    }

    [Fact]
    public void Flatten_OfAnInputAsOutput_IsThePlaceholder()
    {
        var graph = new ModelBuilder().Output("x:0").Flatten(_folder);

        Assert.Same(graph.Inputs.Single().Node, graph.Outputs.Single().Source.Node);
        Assert.Equal(TensorShape.Of(-1, 3), graph.Inputs.Single().Spec.Shape);
    }

    [Fact]
    public void Flatten_OfEqualNamesInGraphAndFunction_KeepsNamesUnique()
    {
        var graph = new ModelBuilder()
            .Define("f", ["a"], ["r=b:y:0"], Parse("b = Exp(a)"))
            .Call("call", "f", "x")
            .Node("call/b = Neg(call)")
            .Output("call/b:0")
            .Flatten(_folder);

        Assert.Equal(["x (Placeholder)", "call/b (Exp)", "call/b_1 (Neg)"], Texts(graph));
    }

    [Fact]
    public void Flatten_OfALongChain_NeedsNoStack()
    {
        const int Length = 100_000;
        var builder = new ModelBuilder().Node("n0 = Identity(x)");
        for (var i = 1; i <= Length; i++)
        {
            builder.Node(string.Create(CultureInfo.InvariantCulture,
                $"n{i} = {(i % 2 == 0 ? "Identity" : "Exp")}(n{i - 1})"));
        }

        var graph = builder.Output($"n{Length}").Flatten(_folder);

        Assert.Equal((Length / 2) + 1, graph.Nodes.Count);
    }

    [Fact]
    public void Flatten_OfABranch_KeepsTheNodeAndNamesItsFunctions()
    {
        var graph = new ModelBuilder()
            .Define("yes", ["a"], ["r=a"])
            .Define("no", ["a"], ["r=n:y:0"], Parse("n = Neg(a)"))
            .Node("choice = If(x, x)", ("then_branch", Function("yes")), ("else_branch", Function("no")),
                ("Tout", TypeList(Proto.DataType.DtFloat)))
            .Output("choice:0")
            .Flatten(_folder);

        var choice = graph.Nodes.Single(node => node.Op == "If");
        Assert.Equal("yes", choice.Attributes.Text("then_branch"));
        Assert.Equal([ElementType.Float32], choice.Attributes.List<ElementType>("Tout"));
    }

    private static IEnumerable<string> Texts(FlatGraph graph) => graph.Nodes.Select(node => node.ToString());
}
