using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests.Routing;

public sealed class ReplicaRouterTests : IDisposable
{
    private readonly TensorBlockPool _pool = new(TimeProvider.System);
    private readonly FakeTimeProvider _time = new();
    private readonly FakeCluster _cluster = new();
    private readonly FakeReplicas _replicas;
    private readonly ReplicaRouter _router;

    public ReplicaRouterTests()
    {
        _replicas = new FakeReplicas(_pool);
        _router = new ReplicaRouter(new ReplicaCalls(_replicas, _time), _cluster, new Random(5), _pool, _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Score_OneReplicaWithQueuedWork_IsPassedOver()
    {
        _replicas.QueuedSeconds = replica => replica.Silo == "a" ? 3 : 0;
        var route = Route("a", "b");
        await ScoreAsync(route, times: 20);
        _replicas.Silos.Clear();

        await ScoreAsync(route, times: 20);

        Assert.Equal(20, _replicas.Silos.Count(silo => silo == "b"));
    }

    [Fact]
    public async Task Score_QueuedWork_CountsLessAsTimePasses()
    {
        _replicas.QueuedSeconds = replica => replica.Silo == "a" ? 3 : 0;
        var route = Route("a", "b");
        await ScoreAsync(route, times: 20);
        _replicas.QueuedSeconds = _ => 0;
        _replicas.Silos.Clear();

        _time.Advance(TimeSpan.FromSeconds(3));
        await ScoreAsync(route, times: 20);

        Assert.Contains("a", _replicas.Silos);
    }

    [Fact]
    public async Task Score_CallsOnTheirWay_AreSpread()
    {
        var release = new TaskCompletionSource();
        _replicas.Before = (_, _) => release.Task;
        var route = Route("a", "b");

        var calls = Enumerable.Range(0, 10).Select(_ => ScoreAsync(route, times: 1)).ToArray();
        var silos = _replicas.Silos.ToArray();
        release.SetResult();
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(5, silos.Count(silo => silo == "a"));
    }

    [Fact]
    public async Task Score_ReplicaGone_IsTriedOnAnotherAndPassedOverForAWhile()
    {
        _replicas.Fault = replica =>
            replica.Silo == "a" ? new ScoringFault(FaultKind.ReplicaGone, "unloaded") : null;
        var route = Route("a", "b");

        var answers = await ScoreAsync(route, times: 20);
        var early = _replicas.Silos.Count(silo => silo == "a");
        _time.Advance(TimeSpan.FromSeconds(6));
        await ScoreAsync(route, times: 20);

        Assert.All(answers, answer => Assert.Null(answer.Fault));
        Assert.Equal(1, early);
        Assert.Equal(2, _replicas.Silos.Count(silo => silo == "a"));
        Assert.Empty(_replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_AllReplicasGone_TriesTwoAndSaysSo()
    {
        _replicas.Fault = _ => new ScoringFault(FaultKind.ReplicaGone, "unloaded");

        var answers = await ScoreAsync(Route("a", "b", "c"), times: 1);

        Assert.Equal(FaultKind.ReplicaGone, answers[0].Fault!.Kind);
        Assert.Equal(2, _replicas.Silos.Distinct().Count());
        Assert.Equal(2, _replicas.Silos.Count);
    }

    [Fact]
    public async Task Score_SiloLost_IsTriedOnAnotherSiloRatherThanOnAnotherDevice()
    {
        _replicas.Before = (replica, _) => replica.Silo == "a"
            ? Task.FromException(new SiloNotFoundException("a left\n   at its.Stack()"))
            : Task.CompletedTask;
        var entry = TestModels.Entry("echo", 1, TestModels.Echo(ElementType.Float32), "a", "b");
        ReplicaKey[] replicas =
        [
            .. Enumerable.Range(0, 20).Select(i => new ReplicaKey("a", DeviceId.Cpu(i), entry.Model)),
            new ReplicaKey("b", DeviceId.Cpu(0), entry.Model),
        ];

        var answer = await _router.ScoreAsync(
            new ModelRoute(entry, entry.Ready!, [.. replicas]), Work(TimeSpan.FromSeconds(10)), Token);
        Return(answer);

        Assert.Null(answer.Fault);
        Assert.Equal("b", answer.Replica.Silo);
    }

    [Fact]
    public async Task Score_CallThatFails_SaysSoInOneLine()
    {
        _replicas.Before = (_, _) => Task.FromException(new SiloNotFoundException("a left\n   at its.Stack()"));

        var answers = await ScoreAsync(Route("a"), times: 1);

        Assert.Equal("Replica a/cpu:0/echo@1 does not answer: a left", answers[0].Fault!.Message);
    }

    [Theory]
    [InlineData(FaultKind.Overloaded)]
    [InlineData(FaultKind.ModelFailed)]
    [InlineData(FaultKind.DeadlineExceeded)]
    public async Task Score_AnyOtherFault_IsTheAnswer(FaultKind kind)
    {
        _replicas.Fault = _ => new ScoringFault(kind, "why");

        var answers = await ScoreAsync(Route("a", "b"), times: 1);

        Assert.Equal(kind, answers[0].Fault!.Kind);
        Assert.Single(_replicas.Calls);
    }

    [Fact]
    public async Task Score_CallThatFails_IsTriedOnAnother()
    {
        _replicas.Before = (replica, _) => replica.Silo == "a"
            ? Task.FromException(new SiloNotFoundException("a left"))
            : Task.CompletedTask;

        var answers = await ScoreAsync(Route("a", "b"), times: 10);

        Assert.All(answers, answer => Assert.Null(answer.Fault));
        Assert.Contains("a", _replicas.Silos);
    }

    [Fact]
    public async Task Score_ReplicaThatNeverAnswers_IsLeftSoonAfterTheDeadline()
    {
        _replicas.Before = (_, cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        var route = Route("a");

        var call = ScoreAsync(route, times: 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        var answers = await call.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(FaultKind.DeadlineExceeded, answers[0].Fault!.Kind);
        Assert.Contains("a/cpu:0/echo@1", answers[0].Fault!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "a b", 1, 256 + 256)]
    [InlineData(100, "a b", 8, 512 + (8 * 256))]
    [InlineData(1, "local", 1, 256)]
    public async Task Score_CallerThatGoesAway_IsCancelledAtTheReplicas_AndEveryBlockComesBackOnce(
        int rows, string silos, int calls, int bytes)
    {
        using var caller = new CancellationTokenSource();
        _replicas.LocalSilo = "local";
        _replicas.Before = (_, cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);

        var call = _router.ScoreAsync(Route(silos.Split(' ')), Work(TimeSpan.FromSeconds(10), rows), caller.Token);
        await caller.CancelAsync();
        var answer = await call.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(FaultKind.Cancelled, answer.Fault!.Kind);
        Assert.Equal(calls, _replicas.Calls.Count);

        // The rows, and between processes a copy for each call; a block that came back twice would have thrown.
        Assert.Equal(bytes, _pool.HeldBytes);
    }

    [Fact]
    public async Task Score_NoTimeLeft_CallsNobodyAndReturnsTheBlocks()
    {
        var answer = await _router.ScoreAsync(Route("a", "b"), Work(TimeSpan.Zero), Token);

        Assert.Equal(FaultKind.DeadlineExceeded, answer.Fault!.Kind);
        Assert.Empty(_replicas.Calls);

        // The rows, and the copy that was made for the call.
        Assert.Equal(2 * 256, _pool.HeldBytes);
    }

    [Fact]
    public async Task Score_SiloThatIsNoMember_IsNotCalled()
    {
        _cluster.Gone.Add("a");

        await ScoreAsync(Route("a", "b"), times: 20);

        Assert.Equal(["b"], _replicas.Silos.Distinct());
    }

    [Fact]
    public async Task Score_NoSiloIsAMember_IsAFaultAtOnceAndReturnsTheBlocks()
    {
        _cluster.Gone.Add("a");

        var answer = await _router.ScoreAsync(Route("a"), Work(TimeSpan.FromSeconds(10)), Token);

        Assert.Equal(FaultKind.ReplicaGone, answer.Fault!.Kind);
        Assert.Empty(_replicas.Calls);
        Assert.Equal(256, _pool.HeldBytes);
    }

    [Fact]
    public async Task Score_ReplicaThatHangs_IsHedgedOnAnother_AndLateBlocksComeBack()
    {
        var hanging = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        var route = Route("a", "b");
        await ScoreAsync(route, times: 20);
        _replicas.Silos.Clear();
        var first = "";
        _replicas.Before = (replica, _) =>
        {
            if (first.Length > 0)
            {
                return Task.CompletedTask;
            }

            first = replica.Silo;
            asked.SetResult();
            return hanging.Task;
        };

        var call = _router.ScoreAsync(route, Work(TimeSpan.FromSeconds(10)), Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        _time.Advance(TimeSpan.FromSeconds(3));
        var answer = await call.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Return(answer);

        Assert.Null(answer.Fault);
        Assert.NotEqual(first, answer.Replica.Silo);
        hanging.SetResult();
        await WaitUntilAsync(() => !_replicas.BlocksOut.Any());
    }

    [Fact]
    public async Task Score_ReplicaThatStaysGone_IsTriedAgainWithinTheBudgetOnly()
    {
        _replicas.Fault = replica =>
            replica.Silo == "a" ? new ScoringFault(FaultKind.ReplicaGone, "unloaded") : null;
        var route = Route("a", "b");
        var failed = 0;
        for (var i = 0; i < 200; i++)
        {
            // The router learns that it is gone, and time makes it forget.
            failed += (await ScoreAsync(route, times: 1))[0].Fault is null ? 0 : 1;
            _time.Advance(TimeSpan.FromSeconds(6));
        }

        // Some hundred calls went to the replica that is gone first: twenty and one for ten calls were tried again.
        Assert.InRange(_replicas.Silos.Count, 205, 245);
        Assert.InRange(failed, 20, 100);
        Assert.Empty(_replicas.BlocksOut);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(10, 3)]
    [InlineData(401, 101)]
    public async Task Score_MoreRowsThanABatch_AreSplitOverReplicasAndAnsweredInOrder(int rows, int parts)
    {
        Assert.Equal(4, Route("a", "b").Report.BatchRowsMax);

        var answer = await _router.ScoreAsync(
            Route("a", "b"), Work(TimeSpan.FromSeconds(10), rows), Token);

        Assert.Null(answer.Fault);
        Assert.Equal(parts, _replicas.Calls.Count);
        Assert.Equal(
            Enumerable.Range(0, rows).Select(i => (float)i), answer.Outputs.Single().Values<float>().ToArray());
        Return(answer);
        Assert.Empty(_replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_OneReplicaOfThisProcess_GetsTheRowsWholeAndTheBlocksThemselves()
    {
        _replicas.LocalSilo = "a";

        var answer = await _router.ScoreAsync(Route("a"), Work(TimeSpan.FromSeconds(10), rows: 1_000_000), Token);
        Return(answer);

        Assert.Single(_replicas.Calls);
        Assert.Empty(_replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_OneReplicaElsewhere_GetsMessagesOfBoundedSize()
    {
        var answer = await _router.ScoreAsync(Route("a"), Work(TimeSpan.FromSeconds(10), rows: 1_000_000), Token);
        Return(answer);

        Assert.Equal(8, _replicas.Calls.Count);
        Assert.Equal(1_000_000, answer.Outputs.Single().Shape[0]);
        Assert.Empty(_replicas.BlocksOut);
    }

    [Fact]
    public async Task Score_APartThatFails_FailsTheRequestAndReturnsTheOthersBlocks()
    {
        var calls = 0;
        _replicas.Fault = _ => Interlocked.Increment(ref calls) == 2
            ? new ScoringFault(FaultKind.ModelFailed, "the second part")
            : null;

        var answer = await _router.ScoreAsync(
            Route("a", "b"), Work(TimeSpan.FromSeconds(10), rows: 100), Token);

        Assert.Equal("the second part", answer.Fault!.Message);
        Assert.Empty(answer.Outputs);
        Assert.Empty(_replicas.BlocksOut);
    }

    private static void Return(ScoreAnswer answer)
    {
        foreach (var output in answer.Outputs)
        {
            output.Dispose();
        }
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<List<ScoreAnswer>> ScoreAsync(ModelRoute route, int times)
    {
        var answers = new List<ScoreAnswer>();
        for (var i = 0; i < times; i++)
        {
            var answer = await _router.ScoreAsync(route, Work(TimeSpan.FromSeconds(10)), Token);
            answers.Add(answer);
            Return(answer);
        }

        return answers;
    }

    private ScoreWork Work(TimeSpan timeLeft, int rows = 1) => new(
        TestModels.Echo(ElementType.Float32),
        [
            Tensor.Copy<float>(
                _pool, "x", ElementType.Float32, TensorShape.Of(rows),
                [.. Enumerable.Range(0, rows).Select(i => (float)i)]),
        ],
        [],
        rows,
        () => timeLeft,
        _pool);

    private static ModelRoute Route(params string[] silos)
    {
        var entry = TestModels.Entry("echo", 1, TestModels.Echo(ElementType.Float32), silos);
        return new ModelRoute(entry, entry.Ready!, [.. entry.Replicas.Select(r => r.Replica)]);
    }
}
