namespace ScoringCluster.Core;

/// <summary>
/// Names of sources, spans, instruments and tags: what <c>docs/TELEMETRY.md</c> lists and dashboards rely on.
/// </summary>
public static class TelemetryNames
{
    /// <summary>The activity source and the meter of the product.</summary>
    public const string Source = "ScoringCluster";

    public static class Spans
    {
        public const string Request = "scoring.request";
        public const string Queue = "scoring.queue";
        public const string Batch = "scoring.batch";
        public const string BatchClosed = "scoring.batch.closed";
        public const string Execute = "scoring.execute";
        public const string Load = "scoring.load";
        public const string Shard = "scoring.shard";
    }

    public static class Instruments
    {
        public const string Requests = "scoring.requests";
        public const string RequestRows = "scoring.request.rows";
        public const string RequestDuration = "scoring.request.duration";
        public const string Faults = "scoring.faults";
        public const string QueueDuration = "scoring.queue.duration";
        public const string QueueRows = "scoring.queue.rows";
        public const string Batches = "scoring.batches";
        public const string BatchRows = "scoring.batch.rows";
        public const string BatchPadding = "scoring.batch.padding";
        public const string ExecuteDuration = "scoring.execute.duration";
        public const string ModelLoadDuration = "scoring.model.load.duration";
        public const string ModelsLoaded = "scoring.models.loaded";
        public const string JobRows = "scoring.job.rows";
        public const string JobShards = "scoring.job.shards";
    }

    public static class Tags
    {
        public const string Model = "scoring.model";
        public const string Version = "scoring.version";
        public const string Device = "scoring.device";
        public const string Engine = "scoring.engine";
        public const string Lane = "scoring.lane";
        public const string Protocol = "scoring.protocol";
        public const string Fault = "scoring.fault";
        public const string CloseReason = "scoring.batch.close_reason";
        public const string QueueSeconds = "scoring.queue.seconds";
        public const string Rows = "scoring.rows";
        public const string Job = "scoring.job";
        public const string Shard = "scoring.shard";
        public const string Outcome = "scoring.outcome";
    }
}
