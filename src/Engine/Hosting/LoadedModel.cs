using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Devices;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Store;

namespace ScoringCluster.Engine.Hosting;

/// <summary>One version on one device, ready to score. Reached through a <see cref="ModelLease"/> only.</summary>
public sealed class LoadedModel
{
    private readonly IModel _model;
    private readonly BatchQueue _queue;
    private readonly DeviceSlots _slots;
    private readonly BatchingInstruments _instruments;

    internal LoadedModel(IModel model, BatchQueue queue, DeviceSlots slots, BatchingInstruments instruments)
    {
        _model = model;
        _queue = queue;
        _slots = slots;
        _instruments = instruments;
    }

    public required ModelPackage Package { get; init; }

    public ModelRef Model => Package.Model;

    public required Device Device { get; init; }

    /// <summary>What can be called. A signature whose rows depend on each other is not batched here.</summary>
    public required IReadOnlyList<ModelSignature> Signatures { get; init; }

    /// <summary>Signatures that the engine does not run, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Refused => _model.Refused;

    public required string Engine { get; init; }

    public required string EngineVersion { get; init; }

    /// <summary>Why this engine, in a sentence.</summary>
    public required string EngineReason { get; init; }

    /// <summary>The model's digest: lower-case hexadecimal SHA-256 over its files.</summary>
    public required string Digest { get; init; }

    /// <summary>Text of the model's manifest; null where it has none.</summary>
    public required string? ManifestJson { get; init; }

    /// <summary>Rows of one execution.</summary>
    public required int BatchRowsMax { get; init; }

    public long MemoryBytes => _model.MemoryBytes;

    public required TimeSpan LoadTime { get; init; }

    /// <summary>Seconds of work that wait.</summary>
    public double QueuedSeconds => _queue.QueuedSeconds;

    /// <summary>How its rows gather, and why.</summary>
    public BatchingReport Batching => _queue.Report();

    public ModelSignature? FindSignature(string name) => Signatures.FirstOrDefault(s => s.Name == name);

    /// <summary>
    /// Scores rows. The inputs belong to the model from the call on; the caller owns the outputs of the answer.
    /// Expected failures are in the answer.
    /// </summary>
    public Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken) =>
        _queue.ScoreAsync(request, cancellationToken);

    /// <summary>From now on the device's slots serve it.</summary>
    internal void Open()
    {
        _slots.Add(_queue);
        _instruments.OnOpened(Model, Device.Id, _queue);
    }

    /// <summary>
    /// After the last lease: takes no new rows, fails those that wait, and disposes the model once no slot executes it.
    /// A lease ends with its caller's answer, and an answer may come before the execution does: cancelled, expired.
    /// </summary>
    internal async Task CloseAsync()
    {
        await _queue.CloseAsync().ConfigureAwait(false);
        _slots.Remove(_queue);
        _instruments.OnClosed(_queue);
        _queue.Dispose();
        _queue.Runner.Dispose();
        _model.Dispose();
    }
}
