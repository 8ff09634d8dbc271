using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Core;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>
/// Sends the same rows again and again, none of which another caller has, and holds every answer against their
/// checksums: a cluster that swaps answers is not fast.
/// </summary>
internal sealed class ChecksumCaller : IBenchCaller
{
    private readonly Func<Tensor, Task<(ScoringFault? Fault, ImmutableArray<Tensor> Outputs)>> _score;
    private readonly float[] _rows;
    private readonly long[] _expected;

    /// <param name="score">Scores rows; they are the callee's from then on, and the outputs the caller's.</param>
    public ChecksumCaller(
        int rows, int seed, Func<Tensor, Task<(ScoringFault? Fault, ImmutableArray<Tensor> Outputs)>> score)
    {
        _score = score;
        var random = new Random(seed);
        _rows = new float[SimulatedDevice.Shape(rows).ElementCount()];
        foreach (ref var value in _rows.AsSpan())
        {
            value = random.NextSingle();
        }

        _expected = [.. _rows.Chunk(_rows.Length / rows)
            .Select(row => RowChecksum.Of(MemoryMarshal.AsBytes(row.AsSpan())))];
    }

    /// <inheritdoc />
    public async ValueTask CallAsync()
    {
        if (await TryCallAsync() is { } fault)
        {
            throw new BenchFailedException($"A simulated call was answered with {fault.Kind}: {fault.Message}");
        }
    }

    /// <summary>The fault, where one came in place of the right answer.</summary>
    public async ValueTask<ScoringFault?> TryCallAsync()
    {
        var input = Tensor.Copy<float>(
            TensorBlockPool.Shared, "x", ElementType.Float32, SimulatedDevice.Shape(_expected.Length), _rows);
        var (fault, outputs) = await _score(input);
        if (fault is null && !outputs[0].Values<long>().SequenceEqual(_expected))
        {
            throw new BenchFailedException("A simulated call was answered with another call's checksums.");
        }

        foreach (var output in outputs)
        {
            output.Dispose();
        }

        return fault;
    }

    /// <inheritdoc />
    public IReadOnlyList<float[]> ReadAnswer() => [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
