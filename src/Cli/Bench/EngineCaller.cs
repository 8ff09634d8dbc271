using ScoringCluster.Cli.Bench.Load;
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
    private IReadOnlyList<Tensor> _outputs = [];

    /// <summary>What the last execution took.</summary>
    public TimeSpan Computed { get; private set; }

    /// <inheritdoc />
    public async ValueTask CallAsync()
    {
        ReturnOutputs();
        var outcome = await loaded.ScoreAsync(
            new BatchRequest
            {
                Signature = _signature,
                Inputs = [.. _inputs.Select(input => Tensor.Copy<byte>(
                    TensorBlockPool.Shared, input.Name, input.Type, input.Shape, input.Bytes))],
                Rows = rows,
                Lane = lane,
                Exclusive = lane == Lane.Archive,
                PadToRows = lane == Lane.Archive ? rows : 0,
                TimeLeft = lane == Lane.Archive ? Timeout.InfiniteTimeSpan : Limits.RequestTimeDefault,
            },
            cancellationToken);
        _outputs = outcome.Fault is null ? outcome.Outputs
            : throw new BenchFailedException($"The engine answered: {outcome.Fault.Message}");
        Computed = outcome.Computed;
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

    private void ReturnOutputs()
    {
        foreach (var output in _outputs)
        {
            output.Dispose();
        }

        _outputs = [];
    }
}
