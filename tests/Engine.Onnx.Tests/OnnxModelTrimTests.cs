using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Verification;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Onnx.Tests;

public sealed class OnnxModelTrimTests
{
    [Fact]
    public void Trim_BetweenExecutions_ChangesNoNumber()
    {
        if (SharedData.Models is null)
        {
            Assert.Skip(SharedData.Missing);
        }

        var golden = GoldenCase.Read(Path.Combine(SharedData.Models!, "tabular_mlp"));
        using var model = new OnnxRuntimeEngine().Load(
            new ModelLoadRequest(golden.SavedModel, new ModelRef("m", 1), DeviceId.Cpu(0), 1, 1),
            TestContext.Current.CancellationToken);
        var before = Execute(model);
        model.Trim(slot: 0);

        Assert.Equal(before, Execute(model));
    }

    private static float[] Execute(IModel model)
    {
        var signature = model.Signatures.First(s => s.Name == ModelSignature.Default);
        using var input = Tensor.Copy<float>(
            TensorBlockPool.Shared, "features", ElementType.Float32, TensorShape.Of(2, 30),
            Enumerable.Range(0, 60).Select(i => i / 60f).ToArray());
        var outputs = new Tensor?[1];
        Assert.Null(model.Execute(signature, 0, [input], outputs));
        using var output = outputs[0]!;
        return output.Values<float>().ToArray();
    }
}
