using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests.Routing;

/// <summary>Calls that break, and calls that would break others.</summary>
public sealed class RouterDefectTests : IDisposable
{
    private static readonly ModelSignature _echo = TestModels.Echo(ElementType.Float32);

    private readonly TensorBlockPool _pool = new(TimeProvider.System);
    private readonly FakeReplicas _replicas;
    private readonly ReplicaCalls _calls;

    public RouterDefectTests()
    {
        _replicas = new FakeReplicas(_pool);
        _calls = new ReplicaCalls(_replicas, new FakeTimeProvider());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _pool.Dispose();

    [Fact]
    public async Task Score_APartThatThrows_EndsTheOthersAndReturnsTheirBlocks()
    {
        const int Rows = 400;
        var calls = 0;
        _replicas.Before = (_, _) => Interlocked.Increment(ref calls) == 2
            ? Task.FromException(new InvalidOperationException("a defect"))
            : Task.CompletedTask;
        var entry = TestModels.Entry("echo", 1, _echo, "a", "b");
        var route = new ModelRoute(entry, entry.Ready!, [.. entry.Replicas.Select(r => r.Replica)]);
        var router = new ReplicaRouter(_calls, new FakeCluster(), new Random(5), _pool, new FakeTimeProvider());
        var work = new ScoreWork(_echo, [Numbers(Rows)], [], Rows, () => TimeSpan.FromSeconds(10), _pool);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => router.ScoreAsync(route, work, Token));

        Assert.Equal("a defect", thrown.Message);
        Assert.InRange(_replicas.Calls.Count, 2, 50);
        Assert.Empty(_replicas.BlocksOut);
    }

    [Fact]
    public async Task Call_ARowThatIsLargerThanAMessage_IsRefusedUnlessItStaysInTheProcess()
    {
        const int Length = (Limits.MessageTensorBytesMax / sizeof(float)) + 1;
        var replica = new ReplicaKey("a", DeviceId.Cpu(0), new ModelRef("echo", 1));
        ScoreCommand Command(Tensor input) => new()
        {
            Signature = _echo.Name,
            Inputs = [input],
            Rows = 1,
            TimeLeft = TimeSpan.FromSeconds(10),
        };
        var refused = Numbers(Length);

        var answer = await _calls.CallAsync(replica, Command(refused), Token);

        Assert.Equal(FaultKind.RequestTooLarge, answer.Fault?.Kind);
        Assert.Empty(_replicas.Calls);
        Assert.Throws<ObjectDisposedException>(() => refused.Bytes.Length);
        _replicas.LocalSilo = "a";
        var local = await _calls.CallAsync(replica, Command(Numbers(Length)), Token);
        Assert.Null(local.Fault);
        local.Outputs[0].Dispose();
    }

    /// <summary>Numbers that nobody looks at.</summary>
    private Tensor Numbers(int length) => Tensor.Rent(_pool, "x", ElementType.Float32, TensorShape.Of(length));
}
