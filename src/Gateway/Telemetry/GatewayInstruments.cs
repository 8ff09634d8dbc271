using System.Diagnostics;
using System.Diagnostics.Metrics;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Telemetry;

/// <summary>What the gateway measures; names and units as in <c>docs/TELEMETRY.md</c>.</summary>
internal sealed class GatewayInstruments
{
    private static readonly ActivitySource _source = new(TelemetryNames.Source);

    private readonly Counter<long> _requests;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _faults;
    private readonly Histogram<double> _duration;

    public GatewayInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _requests = meter.CreateCounter<long>(TelemetryNames.Instruments.Requests, "{request}");
        _rows = meter.CreateCounter<long>(TelemetryNames.Instruments.RequestRows, "{row}");
        _faults = meter.CreateCounter<long>(TelemetryNames.Instruments.Faults, "{fault}");
        _duration = meter.CreateHistogram<double>(TelemetryNames.Instruments.RequestDuration, "s");
    }

    public static Activity? StartRequest(string protocol)
    {
        var activity = _source.StartActivity(TelemetryNames.Spans.Request);
        activity?.SetTag(TelemetryNames.Tags.Protocol, protocol);
        return activity;
    }

    /// <param name="model">Null where the request names none that exists: names that callers make up are no
    /// tag.</param>
    public void OnAnswered(
        string protocol, ModelRef? model, int rows, TimeSpan elapsed, ScoringFault? fault, Activity? activity)
    {
        var tags = new TagList
        {
            { TelemetryNames.Tags.Protocol, protocol },
            { TelemetryNames.Tags.Model, model?.Name ?? "" },
            { TelemetryNames.Tags.Version, model?.Version ?? 0 },
        };
        _rows.Add(rows, tags);
        _duration.Record(elapsed.TotalSeconds, tags);
        if (fault is not null)
        {
            var faultTags = tags;
            faultTags.Add(TelemetryNames.Tags.Fault, fault.Kind.ToString());
            _faults.Add(1, faultTags);
        }

        tags.Add(TelemetryNames.Tags.Outcome, fault is null ? "ok" : "fault");
        _requests.Add(1, tags);
        activity?.SetTag(TelemetryNames.Tags.Model, model?.Name);
        activity?.SetTag(TelemetryNames.Tags.Version, model?.Version);
        activity?.SetTag(TelemetryNames.Tags.Rows, rows);
        activity?.SetStatus(fault is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, fault?.Message);
    }
}
