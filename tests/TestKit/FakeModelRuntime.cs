using System.Collections.Concurrent;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.TestKit;

/// <summary>
/// An engine whose one signature answers each row [a, b] with [a + b, a − b], so that a swapped or shifted row shows.
/// Tests hold its executions at a gate and make rows fail.
/// </summary>
public sealed class FakeModelRuntime : IModelRuntime, IDisposable
{
    /// <summary>A row whose first number is this fails the whole execution that it is part of.</summary>
    public const float Poison = 666;

    public static ModelSignature Signature { get; } = new(
        ModelSignature.Default,
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(TensorShape.Any, 2))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(TensorShape.Any, 2))],
        Batched: true);

    private readonly BlockingCollection<int> _gate = [];
    private readonly ConcurrentQueue<int> _executions = new();
    private readonly SemaphoreSlim _started = new(0);
    private volatile bool _held;
    private int _alive;

    public string Name => "fake";

    public string Version => "1";

    /// <summary>Rows of every execution so far, the warm-up's one row left out.</summary>
    public IReadOnlyList<int> Executions => [.. _executions];

    /// <summary>Models that were loaded and not disposed.</summary>
    public int Alive => Volatile.Read(ref _alive);

    /// <summary>What a load throws; null for none.</summary>
    public ModelLoadException? LoadFailure { get; set; }

    public IModel Load(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        if (LoadFailure is { } failure)
        {
            throw failure;
        }

        Interlocked.Increment(ref _alive);
        return new Model(this);
    }

    /// <summary>From now on every execution waits for <see cref="Release"/>.</summary>
    public void Hold() => _held = true;

    /// <summary>Lets so many executions go on.</summary>
    public void Release(int executions)
    {
        for (var i = 0; i < executions; i++)
        {
            _gate.Add(0);
        }
    }

    /// <summary>Ends when one more execution has started.</summary>
    public Task Started(TimeSpan patience, CancellationToken cancellationToken) =>
        _started.WaitAsync(patience, cancellationToken);

    public void Dispose()
    {
        _gate.Dispose();
        _started.Dispose();
    }

    /// <summary>Rows [first, 1], [first + 1, 1], … as the input.</summary>
    public static Tensor Rows(int rows, float first) => Tensor.Copy<float>(
        TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(rows, 2),
        Enumerable.Range(0, rows).SelectMany(i => new[] { first + i, 1f }).ToArray());

    /// <summary>What the model answers to <see cref="Rows"/>.</summary>
    public static float[] Expected(int rows, float first) =>
        [.. Enumerable.Range(0, rows).SelectMany(i => new[] { first + i + 1, first + i - 1 })];

    private sealed class Model(FakeModelRuntime runtime) : IModel
    {
        public IReadOnlyList<ModelSignature> Signatures { get; } = [Signature];

        public IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>();

        public long MemoryBytes => 1;

        public EngineFault? Execute(
            ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
        {
            var rows = inputs[0].Values<float>();
            if (runtime._held)
            {
                runtime._started.Release();
                runtime._gate.Take();
            }

            runtime._executions.Enqueue((int)inputs[0].Shape[0]);
            outputs[0] ??= Tensor.Rent(TensorBlockPool.Shared, "y", ElementType.Float32, inputs[0].Shape);
            var results = outputs[0]!.Values<float>();
            for (var i = 0; i < rows.Length; i += 2)
            {
                if (rows[i] == Poison)
                {
                    return new EngineFault("a poisoned row", "x");
                }

                (results[i], results[i + 1]) = (rows[i] + rows[i + 1], rows[i] - rows[i + 1]);
            }

            return null;
        }

        public void Dispose() => Interlocked.Decrement(ref runtime._alive);
    }
}
