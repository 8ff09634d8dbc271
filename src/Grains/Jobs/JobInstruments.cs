using System.Diagnostics.Metrics;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>What jobs measure; names and units as in <c>docs/TELEMETRY.md</c>.</summary>
internal sealed class JobInstruments
{
    private readonly Counter<long> _rows;
    private readonly Counter<long> _shards;

    public JobInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _rows = meter.CreateCounter<long>(TelemetryNames.Instruments.JobRows, "{row}");
        _shards = meter.CreateCounter<long>(TelemetryNames.Instruments.JobShards, "{shard}");
    }

    public void OnCommitted(ReplicaKey replica, Receipt receipt)
    {
        KeyValuePair<string, object?> model = new(TelemetryNames.Tags.Model, replica.Model.Name);
        KeyValuePair<string, object?> version = new(TelemetryNames.Tags.Version, replica.Model.Version);
        _rows.Add(receipt.Scored, model, version, new(TelemetryNames.Tags.Outcome, "scored"));
        _rows.Add(receipt.Bad, model, version, new(TelemetryNames.Tags.Outcome, "bad"));
        _shards.Add(1, model, version);
    }
}
