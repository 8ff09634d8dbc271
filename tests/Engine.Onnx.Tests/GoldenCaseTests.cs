using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Verification;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Onnx.Tests;

/// <summary>Models that TensorFlow wrote, with the numbers that TensorFlow computed. A wrong number is never
/// allowed.</summary>
public sealed class GoldenCaseTests
{
    /// <summary>What the main path promises today; the others may be refused.</summary>
    private static readonly string[] _promised = ["busi_cnn", "idc_cnn", "tabular_mlp", "frozen_graph"];

    public static TheoryData<string> Cases => SharedData.Models is null
        ? [""]
        : [.. Directory.GetDirectories(SharedData.Models).Select(f => Path.GetFileName(f))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Execute_GoldenCalls_MatchOrAreRefusedByOp(string name)
    {
        if (name.Length == 0)
        {
            Assert.Skip(SharedData.Missing);
        }

        var golden = GoldenCase.Read(Path.Combine(SharedData.Models!, name));
        var request = new ModelLoadRequest(
            golden.SavedModel, new ModelRef("golden", 1), DeviceId.Cpu(0), 1, 1, Tags: golden.Tags);
        IModel model;
        try
        {
            model = new OnnxRuntimeEngine().Load(request, TestContext.Current.CancellationToken);
        }
        catch (ModelLoadException e) when (!_promised.Contains(name))
        {
            // Beyond the engine, and never broken: those without signatures say what to do about it.
            var unsigned = e.Message.Contains("save the model with signatures", StringComparison.Ordinal);
            Assert.True(e.Refused || unsigned, e.Message);
            TestContext.Current.AddWarning($"refused: {e.Message}");
            return;
        }

        using (model)
        {
            foreach (var call in golden.Calls)
            {
                if (model.Refused.TryGetValue(call.Signature, out var reason) && !_promised.Contains(name))
                {
                    TestContext.Current.AddWarning($"{call.Signature} refused: {reason}");
                    continue;
                }

                Assert.Null(Run(model, golden, call));
            }
        }
    }

    private static string? Run(IModel model, GoldenCase golden, GoldenCall call)
    {
        var signature = Assert.Single(model.Signatures, s => s.Name == call.Signature);
        var inputs = signature.Inputs
            .Select(spec => golden.ReadTensor(call.Inputs.Single(t => t.Name == spec.Name))).ToArray();
        var outputs = new Tensor?[signature.Outputs.Length];

        var fault = model.Execute(signature, 0, inputs, outputs);

        Assert.Null(fault);
        return call.Outputs
            .Select(expected => GoldenComparison.Compare(
                outputs.Single(o => o!.Name == expected.Name)!, golden.ReadTensor(expected), call.Rtol,
                    call.Atol).Mismatch)
            .FirstOrDefault(mismatch => mismatch is not null);
    }
}
