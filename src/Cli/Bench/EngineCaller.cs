using ScoringCluster.Cli.Bench.Load;
using System.Collections.Immutable;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// Calls the engine in its process. A call brings its own tensors, as a parsed request does: copying them in is part of
/// it.
/// </summary>
/// <param name="lane">In the archive's lane a request is what a job sends: a fixed batch that nobody shares.</param>
internal sealed class EngineCaller(
    BenchModel model, LoadedModel loaded, int rows, int variant, Lane lane, CancellationToken cancellationToken)
    : IBenchCaller
{
    private readonly Tensor[] _inputs = model.Inputs(rows, variant);
    private readonly ModelSignature _signature = loaded.FindSignature(model.Signature.Name)!;
    private ImmutableArray<Tensor> _outputs = [];

    /// <summary>What the last execution took.</summary>
    public TimeSpan Computed { get; private set; }

    /// <inheritdoc />
    public async ValueTask CallAsync()
    {
        ReturnOutputs();
        var outcome = await loaded.ScoreAsync(Request(), cancellationToken);
        _outputs = outcome.Fault is null ? outcome.Outputs
            : throw new BenchFailedException($"The engine answered: {outcome.Fault.Message}");
        Computed = outcome.Computed;
    }

    /// <summary>Managed bytes of a request and its tensors, which are the caller's doing.</summary>
    public double RequestBytes()
    {
        const int requests = 1_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < requests; i++)
        {
            foreach (var input in Request().Inputs)
            {
                input.Dispose();
            }
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)requests;
    }

    /// <inheritdoc />
    public IReadOnlyList<float[]> ReadAnswer() =>
        [.. _outputs.Select(output => AnswerCheck.ToFloats(output.Bytes, output.Type))];

    public ValueTask DisposeAsync()
    {
        ReturnOutputs();
        Array.ForEach(_inputs, input => input.Dispose());
        return ValueTask.CompletedTask;
    }

    private BatchRequest Request() => new()
    {
        Signature = _signature,
        Inputs = [.. _inputs.Select(input => Tensor.Copy<byte>(
            TensorBlockPool.Shared, input.Name, input.Type, input.Shape, input.Bytes))],
        Rows = rows,
        Lane = lane,
        Exclusive = lane == Lane.Archive,
        PadToRows = lane == Lane.Archive ? rows : 0,
        TimeLeft = lane == Lane.Archive ? Timeout.InfiniteTimeSpan : Limits.RequestTimeDefault,
    };

    private void ReturnOutputs()
    {
        foreach (var output in _outputs)
        {
            output.Dispose();
        }

        _outputs = [];
    }
}
