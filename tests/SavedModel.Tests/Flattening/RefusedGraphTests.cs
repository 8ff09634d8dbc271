using ScoringCluster.Core;
using static ScoringCluster.SavedModel.Tests.ModelBuilder;

namespace ScoringCluster.SavedModel.Tests.Flattening;

/// <summary>Damaged and hostile graphs end in one error that names the node.</summary>
public sealed class RefusedGraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Flatten_OfACycle_NamesItsNodes() => Refused(
        new ModelBuilder()
            .Node("first = AddV2(x, last)")
            .Node("last = Exp(first)")
            .Output("last"),
        "first", "cycle", "last");

    [Fact]
    public void Flatten_OfACycleThatComputesNothing_IsNoticed() => Refused(
        new ModelBuilder()
            .Node("a = Identity(b)")
            .Node("b = Identity(a)")
            .Output("a"),
        "cycle", "'a'");

    [Fact]
    public void Flatten_OfFunctionsThatCallEachOther_NamesOne() => Refused(
        new ModelBuilder()
            .Define("ping", ["a"], ["r=c:output:0"], Parse("c = PartitionedCall(a)", Calls("pong")))
            .Define("pong", ["a"], ["r=c:output:0"], Parse("c = PartitionedCall(a)", Calls("ping")))
            .Call("call", "ping", "x")
            .Output("call"),
        "'ping'", "again");

    [Fact]
    public void Flatten_OfTooDeepFunctions_NamesOne()
    {
        var builder = new ModelBuilder().Define("f0", ["a"], ["r=a"]);
        for (var i = 1; i <= Limits.FunctionDepthMax; i++)
        {
            builder.Define($"f{i}", ["a"], ["r=c:output:0"], Parse("c = PartitionedCall(a)", Calls($"f{i - 1}")));
        }

        Refused(builder.Call("call", $"f{Limits.FunctionDepthMax}", "x").Output("call"), "nested", "'f0'");
    }

    [Fact]
    public void Flatten_OfFunctionsThatDoubleEachTime_StopsAtTheLimit()
    {
        var builder = new ModelBuilder().Define("f0", ["a"], ["r=e:y:0"], Parse("e = Exp(a)"));
        for (var i = 1; i <= 60; i++)
        {
            builder.Define($"f{i}", ["a"], ["r=d:output:0"],
                Parse("c = PartitionedCall(a)", Calls($"f{i - 1}")),
                Parse("d = PartitionedCall(c:output:0)", Calls($"f{i - 1}")));
        }

        Refused(builder.Call("call", "f60", "x").Output("call"), "serving_default", "too large");
    }

    [Fact]
    public void Flatten_OfAGhostInput_NamesBoth() => Refused(
        new ModelBuilder().Node("sum = AddV2(x, ghost)").Output("sum"), "'sum'", "'ghost'", "does not exist");

    [Fact]
    public void Flatten_OfAGhostOutput_NamesIt() => Refused(
        new ModelBuilder().Output("ghost:0"), "'y'", "'ghost'", "does not exist");

    [Fact]
    public void Flatten_OfAnOutputThatTheOperationHasNot_NamesNode() => Refused(
        new ModelBuilder().Node("e = Exp(x)").Output("e:7"), "Output 7", "'e'", "Exp");

    [Fact]
    public void Flatten_OfAnOutputNameThatTheOperationHasNot_NamesIt() => Refused(
        new ModelBuilder()
            .Define("f", ["a"], ["r=e:sideways:0"], Parse("e = Exp(a)"))
            .Call("call", "f", "x")
            .Output("call"),
        "'sideways'", "'e'", "'f'");

    [Fact]
    public void Flatten_OfAnUnknownFunction_NamesIt() => Refused(
        new ModelBuilder().Call("call", "nowhere", "x").Output("call"), "'call'", "'nowhere'");

    [Fact]
    public void Flatten_OfACallWithTooFewInputs_NamesCallAndFunction() => Refused(
        new ModelBuilder()
            .Define("f", ["a", "b"], ["r=b"])
            .Call("call", "f", "x")
            .Output("call"),
        "'call'", "'f'");

    [Fact]
    public void Flatten_OfAPlaceholderThatNobodyFeeds_NamesIt() => Refused(
        new ModelBuilder()
            .Node("temperature = Placeholder()", ("dtype", Type(Proto.DataType.DtFloat)))
            .Node("out = Mul(x, temperature)")
            .Output("out"),
        "'temperature'", "'serving_default'");

    [Fact]
    public void Flatten_OfAnUnknownOperation_IsUnsupportedAndNamesIt() => Assert.True(Refused(
        new ModelBuilder().Node("z = FancyOp(x)").Output("z"), "FancyOp", "'z'").Unsupported);

    [Fact]
    public void Flatten_OfALoopOfTensorFlow1_IsUnsupportedAndNamesIt() => Assert.True(Refused(
        new ModelBuilder()
            .Node("enter = Enter(x)")
            .Node("merge = Merge(enter, next)", ("N", new() { I = 2 }))
            .Node("next = NextIteration(merge)")
            .Output("merge"),
        "'merge'", "Merge").Unsupported);

    [Fact]
    public void Flatten_OfAConstantThatUnfoldsEnormously_NamesItAndItsSize()
    {
        var builder = new ModelBuilder().Constant("bomb", 1).Output("bomb");
        builder.Meta.GraphDef.Node.Single(node => node.Name == "bomb").Attr["value"].Tensor.TensorShape =
            ShapeProto(1L << 40);

        Refused(builder, "'bomb'", "too large", "1099511627776");
    }

    private SavedModelException Refused(ModelBuilder builder, params string[] words)
    {
        var error = Assert.Throws<SavedModelException>(() => builder.Flatten(_folder));
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
        return error;
    }
}
