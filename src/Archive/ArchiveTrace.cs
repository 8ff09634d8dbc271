using System.Diagnostics;
using ScoringCluster.Core;

namespace ScoringCluster.Archive;

/// <summary>Spans of archive work; batches link to them.</summary>
internal static class ArchiveTrace
{
    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    public static Activity? StartShard(string job, int shard) => _source.StartActivity(TelemetryNames.Spans.Shard)
        ?.SetTag(TelemetryNames.Tags.Job, job)
        .SetTag(TelemetryNames.Tags.Shard, shard);
}
