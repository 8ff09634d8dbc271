using System.Collections.Concurrent;
using System.Collections.Immutable;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Tests;

/// <summary>
/// Replicas that compute something from their inputs: model <c>sum</c> adds, <c>picture</c> takes means, the others
/// answer what they get.
/// </summary>
internal sealed class FakeReplicas(TensorBlockPool pool) : IReplicaCaller
{
    private readonly ConcurrentQueue<TensorBlock> _blocks = new();

    /// <summary>What a replica answers instead of scores; null for scores.</summary>
    public Func<ReplicaKey, ScoringFault?> Fault { get; set; } = _ => null;

    /// <summary>Happens before each answer.</summary>
    public Func<ReplicaKey, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What a replica says of its queue.</summary>
    public Func<ReplicaKey, double> QueuedSeconds { get; set; } = _ => 0;

    /// <summary>Commands that reached a replica, as text.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Silos of the replicas that were called.</summary>
    public ConcurrentQueue<string> Silos { get; } = new();

    /// <summary>Priorities that reached a replica.</summary>
    public ConcurrentQueue<int> Priorities { get; } = new();

    /// <summary>Deadlines that reached a replica.</summary>
    public ConcurrentQueue<TimeSpan> TimesLeft { get; } = new();

    /// <summary>Blocks that replicas were given or answered with, and that nobody has returned.</summary>
    public IEnumerable<TensorBlock> BlocksOut => _blocks.Where(block => !IsReturned(block));

    /// <summary>Whose replicas are in the caller's process.</summary>
    public string? LocalSilo { get; set; }

    public bool IsLocal(ReplicaKey replica) => replica.Silo == LocalSilo;

    /// <summary>What replicas say of their batching; null for nothing.</summary>
    public Func<ReplicaKey, BatchingReport?> Batching { get; set; } = _ => null;

    public Task<BatchingReport?> GetBatchingAsync(ReplicaKey replica) => Task.FromResult(Batching(replica));

    public async Task<ScoreAnswer> ScoreAsync(
        ReplicaKey replica, ScoreCommand command, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"{replica.Model} rows {command.Rows} {string.Join(' ', command.Inputs.OrderBy(i => i.Name))}");
        Silos.Enqueue(replica.Silo);
        TimesLeft.Enqueue(command.TimeLeft);
        Priorities.Enqueue(command.Priority);
        try
        {
            await Before(replica, cancellationToken);
            var fault = Fault(replica);
            var outputs = fault is null ? Wanted(command, Score(replica.Model.Name, command)) : [];
            Remember(outputs);
            return new ScoreAnswer
            {
                Replica = replica,
                Fault = fault,
                Outputs = outputs,
                Engine = "fake",
                Queued = TimeSpan.FromMilliseconds(1.5),
                Computed = TimeSpan.FromMilliseconds(20),
                QueuedSeconds = QueuedSeconds(replica),
            };
        }
        finally
        {
            Remember(command.Inputs);
            foreach (var input in command.Inputs)
            {
                input.Dispose();
            }
        }
    }

    private void Remember(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            _blocks.Enqueue(tensor.Block);
        }
    }

    private ImmutableArray<Tensor> Score(string model, ScoreCommand command) => model switch
    {
        "sum" => Sums(command),
        "picture" => [Means(command)],
        _ => [.. command.Inputs.Select(i => Tensor.Copy<byte>(pool, i.Name, i.Type, i.Shape, i.Bytes))],
    };

    private static ImmutableArray<Tensor> Wanted(ScoreCommand command, ImmutableArray<Tensor> outputs)
    {
        if (command.Outputs.IsDefaultOrEmpty)
        {
            return outputs;
        }

        foreach (var tensor in outputs.Where(t => !command.Outputs.Contains(t.Name)))
        {
            tensor.Dispose();
        }

        return [.. outputs.Where(t => command.Outputs.Contains(t.Name))];
    }

    private ImmutableArray<Tensor> Sums(ScoreCommand command)
    {
        var a = command.Inputs.Single(i => i.Name == "a").Values<float>().ToArray();
        var b = command.Inputs.Single(i => i.Name == "b").Values<int>().ToArray();
        var sums = b.Select((x, i) => x + a[2 * i] + a[(2 * i) + 1]).ToArray();
        var twice = b.Select(x => 2 * x).ToArray();
        return
        [
            Tensor.Copy<float>(pool, "sum", ElementType.Float32, TensorShape.Of(b.Length), sums),
            Tensor.Copy<int>(pool, "twice", ElementType.Int32, TensorShape.Of(b.Length), twice),
        ];
    }

    /// <summary>The first class is the mean of the pixels.</summary>
    private Tensor Means(ScoreCommand command)
    {
        var pixels = command.Inputs[0].Values<float>().ToArray().Chunk(4).Select(row => row.Average());
        float[] scores = [.. pixels.SelectMany(p => new[] { p, 1 - p })];
        return Tensor.Copy<float>(pool, "scores", ElementType.Float32, TensorShape.Of(command.Rows, 2), scores);
    }

    private static bool IsReturned(TensorBlock block)
    {
        try
        {
            return block.Pointer == 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
