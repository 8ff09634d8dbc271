using System.Text;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchRunnerTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Run_OneWholeRequest_TakesItsTensorsAsTheyAre()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var request = EngineFixture.Request(3, 1);
        var address = request.Inputs[0].Block.Pointer;

        EngineFixture.AssertAnswer(await model.ScoreAsync(request, Token).Within("the answer"), 3, 1);

        Assert.Equal(address, engine.Runtime.Log[^1].Input);
        Assert.Equal("cpu:0 slot 0", engine.Runtime.Log[^1].Thread);
    }

    [Fact]
    public async Task Run_BatchesOfSeveral_GatherInTheSlotsOwnBuffer()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();

        for (var round = 1; round <= 3; round++)
        {
            var first = await engine.Occupy(model);
            var waiting = Enumerable.Range(0, 4)
                .Select(i => model.ScoreAsync(EngineFixture.Request(round, 10 * i), Token)).ToList();
            engine.Runtime.Release(2);
            EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
            await engine.Runtime.Started(EngineFixture.Patience, Token);
            for (var i = 0; i < waiting.Count; i++)
            {
                EngineFixture.AssertAnswer(await waiting[i].Within($"request {i}"), round, 10 * i);
            }
        }

        var gathered = engine.Runtime.Log.Where(execution => execution.Rows >= 4).ToList();
        Assert.Equal([4, 8, 12], gathered.Select(execution => execution.Rows));
        Assert.Single(gathered.Select(execution => execution.Input).Distinct());
        Assert.All(gathered, execution => Assert.Equal(0, execution.Input % TensorBlock.Alignment));
    }

    [Fact]
    public async Task Run_EngineThrows_IsInternalForThoseRowsAndTheSlotLives()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var other = model.ScoreAsync(EngineFixture.Request(2, 5), Token);
        var defect = model.ScoreAsync(EngineFixture.Request(1, FakeModelRuntime.Defect), Token);
        engine.Runtime.Release(5);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        Assert.Equal(FaultKind.Internal, (await defect.Within("the defective row")).Fault?.Kind);
        EngineFixture.AssertAnswer(await other.Within("its neighbour"), 2, 5);
        EngineFixture.AssertAnswer(
            await model.ScoreAsync(EngineFixture.Request(1, 7), Token).Within("the next row"), 1, 7);
    }

    [Fact]
    public async Task Run_EngineThrowsInARerun_NoInputIsReturnedTwice()
    {
        using var pool = new TensorBlockPool(TimeProvider.System);
        await using (var engine = new EngineFixture(("Batching:RowsMax", "8")))
        {
            var model = await engine.LoadAsync();
            var first = await engine.Occupy(model);

            // The poisoned row sends the batch into reruns; the split request still executes when the defect throws.
            var poisoned = model.ScoreAsync(EngineFixture.Request(1, FakeModelRuntime.Poison, pool: pool), Token);
            var good = model.ScoreAsync(EngineFixture.Request(1, 5, pool: pool), Token);
            var defect = model.ScoreAsync(EngineFixture.Request(1, FakeModelRuntime.Defect, pool: pool), Token);
            var split = model.ScoreAsync(EngineFixture.Request(16, 100, pool: pool), Token);
            engine.Runtime.Release(100);

            EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
            Assert.Equal(FaultKind.ModelFailed, (await poisoned.Within("the poisoned row")).Fault?.Kind);
            EngineFixture.AssertAnswer(await good.Within("its neighbour"), 1, 5);
            Assert.Equal(FaultKind.Internal, (await defect.Within("the defective row")).Fault?.Kind);
            EngineFixture.AssertAnswer(await split.Within("the split request"), 16, 100);
        }

        // Three blocks of one row and one of sixteen, each back once; the pool's smallest block has 256 bytes.
        Assert.Equal(4 * 256, pool.HeldBytes);
    }

    [Fact]
    public async Task Run_RowsMissingFromTheAnswer_ShiftNobodysRows()
    {
        await using var engine = new EngineFixture();
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var before = model.ScoreAsync(EngineFixture.Ragged(1, 5), Token);
        var missing = model.ScoreAsync(EngineFixture.Ragged(1, FakeModelRuntime.Missing), Token);
        var after = model.ScoreAsync(EngineFixture.Ragged(1, 8), Token);

        engine.Runtime.Release(6);

        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        EngineFixture.AssertAnswer(await before.Within("the row before"), 1, 5);
        EngineFixture.AssertAnswer(await after.Within("the row after"), 1, 8);
        var fault = (await missing.Within("the missing row")).Fault;
        Assert.Equal(FaultKind.ModelFailed, fault?.Kind);
        Assert.Contains("for 1 rows", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StringsOfASplitRequest_AreJoinedInOrder()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "1"));
        var model = await engine.LoadAsync();
        string[] words = ["benign", "", "malignant"];

        var outcome = await model.ScoreAsync(Words(words), Token).Within("the answer");

        Assert.Null(outcome.Fault);
        using var output = Assert.Single(outcome.Outputs);
        Assert.Equal(Packed(words), output.Bytes.ToArray());
        Assert.Equal(TensorShape.Of(3), output.Shape);
        Assert.Equal([1, 1, 1], engine.Runtime.Executions);
    }

    [Fact]
    public async Task Run_SplitRequestWithABadPart_FailsOnceAsAWhole()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "2"));
        var model = await engine.LoadAsync();

        var outcome = await model.ScoreAsync(EngineFixture.Request(5, FakeModelRuntime.Poison - 2), Token)
            .Within("the answer");

        Assert.Equal(FaultKind.ModelFailed, outcome.Fault?.Kind);
        Assert.Empty(outcome.Outputs);
    }

    private static BatchRequest Words(string[] words)
    {
        var bytes = Packed(words);
        return new BatchRequest
        {
            Signature = FakeModelRuntime.Text,
            Inputs = [Tensor.Copy<byte>(
                TensorBlockPool.Shared, "x", ElementType.Bytes, TensorShape.Of(words.Length), bytes)],
            Rows = words.Length,
        };
    }

    private static byte[] Packed(string[] words) => [.. words.SelectMany(word =>
        BitConverter.GetBytes(word.Length).Concat(Encoding.ASCII.GetBytes(word)))];
}
