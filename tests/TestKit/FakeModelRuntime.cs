using System.Collections.Concurrent;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.TestKit;

/// <summary>
/// An engine for tests: its main signature answers each row [a, b] with [a + b, a − b], so that a swapped or shifted
/// row shows. Executions can be held at a gate, and a row's first number can make them fail.
/// </summary>
public sealed class FakeModelRuntime : IModelRuntime, IDisposable
{
    /// <summary>A row whose first number is this fails the whole execution that it is part of.</summary>
    public const float Poison = 666;

    /// <summary>A row whose first number is this makes the execution throw, as a defective engine would.</summary>
    public const float Defect = 777;

    /// <summary>A row of <see cref="Ragged"/> whose first number is this goes missing from the answer.</summary>
    public const float Missing = 888;

    /// <summary>Rows of two numbers; outputs of known shape.</summary>
    public static ModelSignature Signature { get; } = new(
        ModelSignature.Default,
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(TensorShape.Any, 2))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(TensorShape.Any, 2))],
        Batched: true);

    /// <summary>Rows of any even length, answered likewise pair by pair; the engine makes the output.</summary>
    public static ModelSignature Ragged { get; } = new(
        "ragged",
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(TensorShape.Any, TensorShape.Any))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(TensorShape.Any, TensorShape.Any))],
        Batched: true);

    /// <summary>Strings, answered as they are.</summary>
    public static ModelSignature Text { get; } = new(
        "text",
        [new TensorSpec("x", ElementType.Bytes, TensorShape.Of(TensorShape.Any))],
        [new TensorSpec("y", ElementType.Bytes, TensorShape.Of(TensorShape.Any))],
        Batched: true);

    /// <summary>Two numbers without a batch axis.</summary>
    public static ModelSignature Whole { get; } = new(
        "whole",
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(2))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(2))],
        Batched: false);

    private readonly SemaphoreSlim _gate = new(0);
    private readonly ConcurrentQueue<FakeExecution> _executions = new();
    private readonly SemaphoreSlim _started = new(0);
    private volatile bool _held;
    private int _alive;
    private int _misused;

    public string Name { get; init; } = "fake";

    public string Version => "1";

    /// <summary>What its models can do, sorted by name: the main signature unless a test wants others.</summary>
    public IReadOnlyList<ModelSignature> Signatures { get; init; } = [Signature];

    /// <summary>Rows of every execution since the start, or since <see cref="Forget"/>; loading executes too.</summary>
    public IReadOnlyList<int> Executions => [.. _executions.Select(execution => execution.Rows)];

    /// <summary>Every execution so far.</summary>
    public IReadOnlyList<FakeExecution> Log => [.. _executions];

    /// <summary>Begins the log anew: what a load executed is nothing that a test looks for.</summary>
    public void Forget() => _executions.Clear();

    /// <summary>Models that were loaded and not disposed.</summary>
    public int Alive => Volatile.Read(ref _alive);

    /// <summary>True once a model was disposed while it executed, or executed after it was disposed.</summary>
    public bool Misused => Volatile.Read(ref _misused) != 0;

    /// <summary>What a load throws; null for none.</summary>
    public ModelLoadException? LoadFailure { get; set; }

    /// <summary>What a load throws as a defective engine would; null for none.</summary>
    public Exception? LoadDefect { get; set; }

    /// <summary>A load waits for this, or for its cancellation.</summary>
    public Task LoadGate { get; set; } = Task.CompletedTask;

    /// <summary>What every execution answers; null for none.</summary>
    public EngineFault? ExecutionFault { get; set; }

    /// <summary>Called by every execution, with its rows, on the thread that executes; null for nothing.</summary>
    public Action<int>? Executing { get; set; }

    public IModel Load(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        // The loading thread is one of its own and may block.
        cancellationToken.ThrowIfCancellationRequested();
        LoadGate.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        if ((LoadDefect ?? LoadFailure) is { } failure)
        {
            throw failure;
        }

        if (request.Signatures?.Except(Signatures.Select(s => s.Name)).FirstOrDefault() is { } missing)
        {
            throw new ModelLoadException($"The fake model has no signature '{missing}'.");
        }

        Interlocked.Increment(ref _alive);
        return new FakeModel(
            this, request.Device, [.. Signatures.Where(s => request.Signatures?.Contains(s.Name) ?? true)]);
    }

    /// <summary>From now on every execution waits for <see cref="Release"/>.</summary>
    public void Hold() => _held = true;

    /// <summary>Lets so many executions go on.</summary>
    public void Release(int executions) => _gate.Release(executions);

    /// <summary>Ends when one more execution has come to the gate.</summary>
    public async Task Started(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!await _started.WaitAsync(patience, cancellationToken))
        {
            throw new TimeoutException($"No execution came to the gate in {patience}.");
        }
    }

    public void Dispose()
    {
        _gate.Dispose();
        _started.Dispose();
    }

    /// <summary>Rows [first, 1], [first + 1, 1], … as the input.</summary>
    public static Tensor Rows(int rows, float first, TensorBlockPool? pool = null) => Tensor.Copy<float>(
        pool ?? TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(rows, 2),
        Enumerable.Range(0, rows).SelectMany(i => new[] { first + i, 1f }).ToArray());

    /// <summary>What the model answers to <see cref="Rows"/>.</summary>
    public static float[] Expected(int rows, float first) =>
        [.. Enumerable.Range(0, rows).SelectMany(i => new[] { first + i + 1, first + i - 1 })];

    private sealed class FakeModel(
        FakeModelRuntime runtime, DeviceId device, IReadOnlyList<ModelSignature> signatures) : IModel
    {
        private volatile bool _disposed;
        private int _executing;

        public IReadOnlyList<ModelSignature> Signatures { get; } = signatures;

        public IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>();

        public long MemoryBytes => 1;

        public EngineFault? Execute(
            ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
        {
            Interlocked.Increment(ref _executing);
            try
            {
                if (runtime._held)
                {
                    runtime._started.Release();
                    runtime._gate.Wait();
                }

                runtime.Executing?.Invoke(signature.Batched ? (int)inputs[0].Shape[0] : 1);
                Note(_disposed);
                if (Bindings.Check(signature, inputs, outputs) is { } misfit)
                {
                    return misfit;
                }

                runtime._executions.Enqueue(new FakeExecution(
                    signature.Name, signature.Batched ? (int)inputs[0].Shape[0] : 1, slot, inputs[0].Block.Pointer,
                    device, Thread.CurrentThread.Name));
                return runtime.ExecutionFault ?? Answer(inputs[0], ref outputs[0]);
            }
            finally
            {
                Interlocked.Decrement(ref _executing);
            }
        }

        public void Dispose()
        {
            Note(_disposed || Volatile.Read(ref _executing) != 0);
            _disposed = true;
            Interlocked.Decrement(ref runtime._alive);
        }

        private void Note(bool misuse)
        {
            if (misuse)
            {
                Volatile.Write(ref runtime._misused, 1);
            }
        }

        private static EngineFault? Answer(Tensor input, ref Tensor? output)
        {
            if (input.Type == ElementType.Bytes)
            {
                output = Tensor.Copy<byte>(TensorBlockPool.Shared, "y", input.Type, input.Shape, input.Bytes);
                return null;
            }

            var numbers = input.Values<float>();
            var row = input.Shape.Rank == 1 ? numbers.Length : (int)input.Shape[1];
            var results = new float[numbers.Length];
            var missing = 0;
            for (var i = 0; i < numbers.Length; i += 2)
            {
                var starts = i % row == 0;
                switch (numbers[i])
                {
                    case Poison when starts:
                        return new EngineFault("a poisoned row", "x");
                    case Defect when starts:
                        throw new InvalidOperationException("The engine is defective.");
                    case Missing when starts:
                        missing++;
                        break;
                }

                (results[i], results[i + 1]) = (numbers[i] + numbers[i + 1], numbers[i] - numbers[i + 1]);
            }

            var shape = missing == 0 ? input.Shape : input.Shape.WithRows(input.Shape[0] - missing);
            if (output is not null && output.Shape != shape)
            {
                return new EngineFault($"The output has the shape {shape}; {output.Shape} was expected.", "y");
            }

            output ??= Tensor.Rent(TensorBlockPool.Shared, "y", ElementType.Float32, shape);
            results.AsSpan(0, output.Values<float>().Length).CopyTo(output.Values<float>());
            return null;
        }
    }
}

/// <summary>One execution of a <see cref="FakeModelRuntime"/>.</summary>
/// <param name="Input">Address of the first input.</param>
/// <param name="Device">The device that the model was loaded on.</param>
/// <param name="Thread">Name of the thread that executed.</param>
public sealed record FakeExecution(
    string Signature, int Rows, int Slot, nint Input, DeviceId Device, string? Thread);
