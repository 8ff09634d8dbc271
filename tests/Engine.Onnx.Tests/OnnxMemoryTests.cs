using System.Diagnostics;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Tests.Translation;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests;

/// <summary>Alone in the process while it runs: it reads what the whole process holds.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
public sealed class OnnxMemoryTests
{
    private const string Name = "memory of the process";

    [Fact]
    public void Dispose_ModelsLoadedOneAfterAnother_GiveTheirMemoryBack()
    {
        const int Loads = 15;
        var kernel = NdArray.Numbers(1, 1024, 2048);
        using var graph = new GraphUnderTest().Feed("x", NdArray.Numbers(2, 2, 1024)).Constant("k", kernel)
            .Node("y = MatMul(x, k)").Sign("y", DataType.DtFloat);
        var request = graph.Request();

        // The disposed models stay reachable, so that no finalizer does what Dispose should have done.
        var disposed = new List<IModel>();
        Run();
        var before = WorkingSet();

        for (var i = 0; i < Loads; i++)
        {
            Run();
        }

        // Kept, the weights alone would come to fifteen times eight megabytes.
        Assert.InRange(WorkingSet() - before, long.MinValue, Loads * kernel.Data.LongLength * sizeof(float) / 2);

        Assert.Equal(Loads + 1, disposed.Count);

        void Run()
        {
            using var model = new OnnxRuntimeEngine().Load(request, TestContext.Current.CancellationToken);
            disposed.Add(model);
            var outputs = new Tensor?[1];
            Assert.Null(model.Execute(model.Signatures[0], 0, graph.Inputs, outputs));
            outputs[0]!.Dispose();
        }
    }

    private static long WorkingSet()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
