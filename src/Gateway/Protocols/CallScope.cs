using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Telemetry;

namespace ScoringCluster.Gateway.Protocols;

/// <summary>One call from its first byte to its answer: span, deadline and counters, the same for every
/// protocol.</summary>
internal sealed class CallScope : IDisposable
{
    private readonly GatewayInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly string _protocol;
    private readonly long _started;
    private readonly Activity? _activity;
    private ModelRef? _model;
    private int _rows;
    private ScoringFault? _fault;

    public CallScope(HttpContext context, string protocol, GatewayInstruments instruments, TimeProvider time)
    {
        // :: Step 1: Receive the call: its trace, its clock, its cancellation.
        Context = context;
        _instruments = instruments;
        _time = time;
        _protocol = protocol;
        _started = time.GetTimestamp();
        _activity = GatewayInstruments.StartRequest(protocol);
    }

    public HttpContext Context { get; }

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>What is left of the call's time; a caller may shorten it, never lengthen.</summary>
    public TimeSpan TimeLeft(TimeSpan? asked) =>
        (asked is { } time && time < Limits.RequestTimeDefault ? time : Limits.RequestTimeDefault) - _time
            .GetElapsedTime(_started);

    public void Scored(ModelRef model, int rows)
    {
        _model = model;
        _rows = rows;
    }

    public Task FailAsync(ScoringFault fault)
    {
        _fault = fault;
        return HttpFaults.WriteAsync(Context, fault);
    }

    /// <summary>A fault that is answered otherwise than by an error body.</summary>
    public void Note(ScoringFault fault) => _fault = fault;

    /// <summary>Where the time went, in the standard's header: waiting and computing, in milliseconds.</summary>
    public void ShowTiming(ScoreAnswer answer) => Context.Response.Headers["Server-Timing"] = string.Create(
        CultureInfo.InvariantCulture,
        $"queue;dur={answer.Queued.TotalMilliseconds:0.###}, compute;dur={answer.Computed.TotalMilliseconds:0.###}");

    public void Dispose()
    {
        _instruments.OnAnswered(_protocol, _model, _rows, _time.GetElapsedTime(_started), _fault, _activity);
        _activity?.Dispose();
    }
}
