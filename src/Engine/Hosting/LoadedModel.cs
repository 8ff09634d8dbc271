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

    internal LoadedModel(IModel model, BatchQueue queue, DeviceSlots slots)
    {
        _model = model;
        _queue = queue;
        _slots = slots;
        slots.Add(queue);
    }

    public required ModelPackage Package { get; init; }

    public ModelRef Model => Package.Model;

    public required Device Device { get; init; }

    public IReadOnlyList<ModelSignature> Signatures => _model.Signatures;

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

    public ModelSignature? FindSignature(string name) => Signatures.FirstOrDefault(s => s.Name == name);

    /// <summary>
    /// Scores rows. The inputs belong to the model from the call on; the caller owns the outputs of the answer.
    /// Expected failures are in the answer.
    /// </summary>
    public Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken) =>
        _queue.ScoreAsync(request, cancellationToken);

    /// <summary>Takes no new rows and fails those that wait; after the last lease only.</summary>
    internal void Close()
    {
        _queue.Close();
        _slots.Remove(_queue);
        _model.Dispose();
    }
}
