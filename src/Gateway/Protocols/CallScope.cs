using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Telemetry;

namespace ScoringCluster.Gateway.Protocols;

/// <summary>Gives every call its scope, the same for every protocol.</summary>
internal sealed class Calls(GatewayInstruments instruments, TimeProvider time)
{
    public async Task RunAsync(HttpContext context, string protocol, Func<CallScope, Task> handle)
    {
        // :: Step 1: Receive the call: its trace, its clock, its cancellation.
        using var call = new CallScope(context, protocol, instruments, time);
        try
        {
            await handle(call);
        }
        catch (Exception e)
        {
            // Counted here, answered where all protocols' exceptions are.
            call.Note(FaultOf(context, e));
            throw;
        }
    }

    private static ScoringFault FaultOf(HttpContext context, Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } e =>
            new ScoringFault(FaultKind.RequestTooLarge, e.Message),
        BadHttpRequestException e => new ScoringFault(FaultKind.RequestInvalid, e.Message),
        _ when context.RequestAborted.IsCancellationRequested =>
            new ScoringFault(FaultKind.Cancelled, "The caller went away."),
        _ => new ScoringFault(FaultKind.Internal, exception.Message),
    };
}

/// <summary>One call from its headers to its answer: span, deadline and counters.</summary>
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
        Context = context;
        _instruments = instruments;
        _time = time;
        _protocol = protocol;
        _started = time.GetTimestamp();
        _activity = GatewayInstruments.StartRequest(protocol);
    }

    public HttpContext Context { get; }

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>What is left of the call's time, zero at least; a caller may shorten it, never lengthen.</summary>
    public TimeSpan TimeLeft(TimeSpan? asked)
    {
        var whole = asked is { } time && time < Limits.RequestTimeDefault ? time : Limits.RequestTimeDefault;
        var left = whole - _time.GetElapsedTime(_started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public void Scored(ModelRef model, int rows)
    {
        _model = model;
        _rows = rows;
    }

    public Task FailAsync(ScoringFault fault)
    {
        Note(fault);
        return HttpFaults.WriteAsync(Context, fault);
    }

    /// <summary>A fault that is answered otherwise than by an error body; the first one counts.</summary>
    public void Note(ScoringFault fault) => _fault ??= fault;

    /// <summary>
    /// Where the time went, in the standard's header, waiting and computing in milliseconds; and who computed.
    /// </summary>
    public void ShowOrigin(ScoreAnswer answer)
    {
        var headers = Context.Response.Headers;
        headers["Server-Timing"] = Timing(answer);
        headers["X-Scoring-Replica"] = answer.Replica.ToString();
        headers["X-Scoring-Engine"] = answer.Engine;
    }

    public static string Timing(ScoreAnswer answer)
    {
        var (queued, computed) = (answer.Queued.TotalMilliseconds, answer.Computed.TotalMilliseconds);
        return string.Create(
            CultureInfo.InvariantCulture, $"queue;dur={queued:0.###}, compute;dur={computed:0.###}");
    }

    public void Dispose()
    {
        _instruments.OnAnswered(_protocol, _model, _rows, _time.GetElapsedTime(_started), _fault, _activity);
        _activity?.Dispose();
    }
}
