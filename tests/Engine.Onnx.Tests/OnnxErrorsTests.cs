using ScoringCluster.Engine.Onnx.Tests.Translation;
using ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

namespace ScoringCluster.Engine.Onnx.Tests;

/// <summary>Whatever ONNX Runtime complains of, and whenever: the SavedModel's node is named.</summary>
public sealed class OnnxErrorsTests
{
    [Fact]
    public void Load_OperandsOfTwoTypes_NameTheNode()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Vector(1f)).Feed("y", NdArray.Vector(1)).Node("layer/sum = AddV2(x, y)");

        graph.AssertRefused("layer/sum", "Type Error");
    }

    [Fact]
    public void Load_ShapesThatNeverFit_NameTheNode()
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3), 0).Feed("y", NdArray.Numbers(2, 2, 4), 0)
            .Node("layer/sum = AddV2(x, y)");

        graph.AssertRefused("layer/sum", "ShapeInferenceError");
    }

    [Theory]
    [InlineData("AddV2(x, y)", "AddV2")]
    [InlineData("BatchMatMulV2(x, y)", "BatchMatMulV2")]
    [InlineData("Reshape(x, four)", "Reshape")]
    public void Execute_RowsThatDoNotFit_NameTheNode(string call, string op)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 2, 3), GraphUnderTest.EveryAxis)
            .Feed("y", NdArray.Numbers(2, 2, 4), GraphUnderTest.EveryAxis)
            .Integers("four", 4, -1)
            .Node($"layer/out = {call}").Node("result = Abs(layer/out)");

        Assert.Equal($"layer/out ({op})", graph.Fault("result").Where);
    }

    [Fact]
    public void Execute_FailureInAFusedNode_NamesItsFirstPart()
    {
        // The optimizer makes one node of the convolution, its bias and its activation.
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Numbers(1, 1, 4, 4, 3), GraphUnderTest.EveryAxis)
            .Constant("kernel", NdArray.Numbers(2, 2, 2, 2, 4)).Constant("bias", NdArray.Numbers(3, 4))
            .Node("layer/conv = Conv2D(x, kernel)", new Window((1, 1), (1, 1), "VALID", "NHWC").Attributes())
            .Node("layer/biased = BiasAdd(layer/conv, bias)").Node("result = Relu(layer/biased)");

        var fault = graph.Fault("result");

        Assert.Equal("layer/conv (Conv2D)", fault.Where);
        Assert.DoesNotContain('\n', fault.Message);
    }
}
