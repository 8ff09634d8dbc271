using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Tests.Translation;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests;

public sealed class OnnxRuntimeEngineTests
{
    private static readonly NdArray<float> _x = NdArray.Numbers(1, 2, 3);

    [Fact]
    public void Load_OneSignatureBeyondTheEngine_TheOthersServe()
    {
        using var graph = new GraphUnderTest().Feed("x", _x)
            .Node("good = Neg(x)").Node("layer/noise = RandomGamma(x, x)")
            .Sign("good", "good", DataType.DtFloat).Sign("bad", "layer/noise", DataType.DtFloat);

        using var model = graph.Load();

        Assert.Equal(["good"], model.Signatures.Select(s => s.Name));
        Assert.Contains("Op RandomGamma of node 'layer/noise'", model.Refused["bad"], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SignaturesOverTheSameGraph_ShareTheirWeights()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Constant("k", NdArray.Numbers(2, 3)).Node("y = Mul(x, k)")
            .Sign("a", "y", DataType.DtFloat);
        using (var one = graph.Load())
        {
            Assert.Equal(3 * sizeof(float), one.MemoryBytes);
        }

        using var both = graph.Sign("b", "y", DataType.DtFloat).Load();
        Assert.Equal(3 * sizeof(float), both.MemoryBytes);

        // Another graph over the same constant has weights of its own.
        using var three = graph.Node("z = AddV2(x, k)").Sign("c", "z", DataType.DtFloat).Load();
        Assert.Equal(2 * 3 * sizeof(float), three.MemoryBytes);
    }

    [Fact]
    public void Load_SeveralThreadsASlot_GivesEachSlotASessionOfItsOwn()
    {
        using var graph = new GraphUnderTest().Feed("x", _x).Constant("k", NdArray.Numbers(2, 3)).Node("y = Mul(x, k)")
            .Sign("y", DataType.DtFloat);

        using var model = new OnnxRuntimeEngine().Load(
            graph.Request(slots: 2, threadsPerSlot: 2), TestContext.Current.CancellationToken);

        Assert.Equal(2 * 3 * sizeof(float), model.MemoryBytes);
        for (var slot = 0; slot < 2; slot++)
        {
            var outputs = new Tensor?[1];
            Assert.Null(model.Execute(model.Signatures[0], slot, graph.Inputs, outputs));
            outputs[0]!.Dispose();
        }
    }
}
