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
    private readonly FakeReplicas _replicas;
    private readonly ReplicaRouter _router;

    public ReplicaRouterTests()
    {
        _replicas = new FakeReplicas(_pool);
        _router = new ReplicaRouter(_replicas, new Random(5), _time);
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

    [Fact]
    public async Task Score_CallerThatGoesAway_IsCancelledAtTheReplica()
    {
        using var caller = new CancellationTokenSource();
        _replicas.Before = (_, cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);

        var call = _router.ScoreAsync(Route("a", "b"), () => Command(TimeSpan.FromSeconds(10)), caller.Token);
        await caller.CancelAsync();
        var answer = await call.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(FaultKind.Cancelled, answer.Fault!.Kind);
        Assert.Single(_replicas.Calls);
    }

    [Fact]
    public async Task Score_NoTimeLeft_CallsNobodyAndReturnsTheBlocks()
    {
        var answer = await _router.ScoreAsync(Route("a", "b"), () => Command(TimeSpan.Zero), Token);

        Assert.Equal(FaultKind.DeadlineExceeded, answer.Fault!.Kind);
        Assert.Empty(_replicas.Calls);
        Assert.Equal(256, _pool.HeldBytes);
    }

    private async Task<List<ScoreAnswer>> ScoreAsync(ModelRoute route, int times)
    {
        var answers = new List<ScoreAnswer>();
        for (var i = 0; i < times; i++)
        {
            var answer = await _router.ScoreAsync(route, () => Command(TimeSpan.FromSeconds(10)), Token);
            answers.Add(answer);
            foreach (var output in answer.Outputs)
            {
                output.Dispose();
            }
        }

        return answers;
    }

    private ScoreCommand Command(TimeSpan timeLeft) => new()
    {
        Signature = ModelSignature.Default,
        Inputs = [Tensor.Copy<float>(_pool, "x", ElementType.Float32, TensorShape.Of(1), [1f])],
        Rows = 1,
        TimeLeft = timeLeft,
    };

    private static ModelRoute Route(params string[] silos)
    {
        var entry = TestModels.Entry("echo", 1, TestModels.Echo(ElementType.Float32), silos);
        return new ModelRoute(entry, entry.Ready!, [.. entry.Replicas.Select(r => r.Replica)]);
    }
}
