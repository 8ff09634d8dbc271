using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Simulated;

/// <summary>A model on a simulated device: answers at once, and returns when the device would have.</summary>
internal sealed class SimulatedModel : IModel
{
    private readonly SimulatedOptions _options;
    private readonly FailureRule _rule;
    private readonly IRowAnswer _answer;
    private readonly DeviceTally _tally;
    private readonly SlotClock[] _clocks;
    private readonly TimeProvider _time;
    private readonly Action<TimeSpan> _sleep;
    private readonly long _origin;
    private int _disposed;

    /// <param name="tally">Already holds this model's memory.</param>
    /// <param name="sleep">Blocks the calling thread for at least the time given.</param>
    public SimulatedModel(
        SimulatedOptions options, SimulatedSignatures signatures, IRowAnswer answer, DeviceTally tally, int slots,
        TimeProvider time, Action<TimeSpan> sleep)
    {
        _options = options;
        _rule = FailureRule.TryParse(options.FailOn)!;
        _answer = answer;
        _tally = tally;
        _clocks = [.. Enumerable.Range(0, slots).Select(_ => new SlotClock())];
        _time = time;
        _sleep = sleep;
        _origin = time.GetTimestamp();
        Signatures = signatures.Callable;
        Refused = signatures.Refused;
    }

    /// <inheritdoc />
    public IReadOnlyList<ModelSignature> Signatures { get; }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, string> Refused { get; }

    /// <inheritdoc />
    public long MemoryBytes => _options.ModelBytes;

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <inheritdoc />
    public EngineFault? Execute(ModelSignature signature, int slot, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs)
    {
        if (Bindings.Check(signature, inputs, outputs) is { } misfit)
        {
            return misfit;
        }

        var rows = signature.Batched ? (int)inputs[0].Shape[0] : 1;
        if (FindMisfit(signature, rows, inputs) is { } uneven)
        {
            return uneven;
        }

        var cost = TimeSpan.FromMilliseconds(_options.LatencyMilliseconds + (rows * _options.RowMilliseconds));
        var done = _clocks[slot].Begin(Now, cost);

        // A batch that fails costs what others do: a device says so when it is done.
        var fault = _rule.Find(inputs[0], rows) ?? _answer.Answer(signature, rows, inputs, outputs);
        if (done - Now is var left && left > TimeSpan.Zero)
        {
            _sleep(left);
        }

        _clocks[slot].End(Now);
        _tally.OnExecuted(rows, cost);
        return fault;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _tally.Return(_options.ModelBytes);
        }
    }

    private EngineFault? FindMisfit(ModelSignature signature, int rows, ReadOnlySpan<Tensor> inputs)
    {
        foreach (var input in inputs)
        {
            if (signature.Batched && input.Shape[0] != rows)
            {
                return new EngineFault($"The input has {input.Shape[0]} rows, the first one {rows}.", input.Name);
            }
        }

        return _options.RowsMax > 0 && rows > _options.RowsMax
            ? new EngineFault(
                $"Out of memory: the simulated device takes {_options.RowsMax} rows, not {rows}.", signature.Name)
            : null;
    }
}
