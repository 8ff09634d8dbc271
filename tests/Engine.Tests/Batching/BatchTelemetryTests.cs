using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class BatchTelemetryTests
{
    private static CancellationToken Token => EngineFixture.Token;

    [Fact]
    public async Task Batch_OfTracedRequests_IsLinkedToEveryMember()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetryNames.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var callers = Enumerable.Range(0, 2).Select(_ => new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded)).ToList();
        await using (var engine = new EngineFixture())
        {
            var model = await engine.LoadAsync();
            var first = await engine.Occupy(model);
            var members = callers.ConvertAll(caller => model.ScoreAsync(Traced(caller), Token));
            engine.Runtime.Release(2);
            EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
            foreach (var member in members)
            {
                EngineFixture.AssertAnswer(await member.Within("a member"), 1, 4);
            }
        }

        // Other tests' batches run at the same time: the members' own trace ids tell this one from them.
        var batch = Assert.Single(spans, span => span.OperationName == TelemetryNames.Spans.Batch
            && span.TraceId == callers[0].TraceId);
        Assert.Equal(callers, batch.Links.Select(link => link.Context));
        Assert.Equal("idle", batch.GetTagItem(TelemetryNames.Tags.CloseReason));
        var execute = Assert.Single(spans, span => span.OperationName == TelemetryNames.Spans.Execute
            && span.TraceId == callers[0].TraceId);
        Assert.Equal(batch.SpanId, execute.ParentSpanId);
        Assert.All(callers, caller => Assert.Single(spans, span =>
            span.OperationName == TelemetryNames.Spans.Queue && span.ParentSpanId == caller.SpanId));
    }

    [Fact]
    public async Task Instruments_WhileRowsWaitAndRun_CountRowsAndCloseReasons()
    {
        await using var engine = new EngineFixture(("Batching:RowsMax", "4"));
        using var metrics = new Metrics(engine.Services.GetRequiredService<IMeterFactory>());
        var model = await engine.LoadAsync();
        var first = await engine.Occupy(model);
        var waiting = new[] { 2, 2, 3, 2 }.Select(rows => model.ScoreAsync(EngineFixture.Request(rows, 1), Token))
            .ToList();

        Assert.Equal(9, metrics.Observe(TelemetryNames.Instruments.QueueRows, "online"));
        Assert.Equal(0, metrics.Observe(TelemetryNames.Instruments.QueueRows, "archive"));
        engine.Runtime.Release(4);
        EngineFixture.AssertAnswer(await first.Within("the first row"), 1, 0);
        foreach (var answer in waiting)
        {
            (await answer.Within("a waiting request")).Outputs[0].Dispose();
        }

        await engine.Replicas.UnloadAsync(DeviceId.Cpu(0), EngineFixture.Model, Token).Within("the unload");
        Assert.Equal(["idle", "full", "next_too_large", "idle"], metrics.CloseReasons);
        Assert.Null(metrics.Observe(TelemetryNames.Instruments.QueueRows, "online"));
    }

    private static BatchRequest Traced(ActivityContext caller) => new()
    {
        Signature = FakeModelRuntime.Signature,
        Inputs = [FakeModelRuntime.Rows(1, 4)],
        Rows = 1,
        Trace = caller,
    };

    /// <summary>What the instruments of one host's meters say.</summary>
    private sealed class Metrics : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<(string Instrument, string Lane), long> _observed = new();
        private readonly ConcurrentQueue<string> _reasons = new();

        public Metrics(IMeterFactory meters)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            {
                var byName = new Dictionary<string, object?>(tags.ToArray());
                if (instrument.Name == TelemetryNames.Instruments.Batches)
                {
                    _reasons.Enqueue((string)byName[TelemetryNames.Tags.CloseReason]!);
                }
                else if (byName.TryGetValue(TelemetryNames.Tags.Lane, out var lane))
                {
                    _observed[(instrument.Name, (string)lane!)] = value;
                }
            });
            _listener.Start();
        }

        public IReadOnlyList<string> CloseReasons => [.. _reasons];

        public long? Observe(string instrument, string lane)
        {
            _observed.Clear();
            _listener.RecordObservableInstruments();
            return _observed.TryGetValue((instrument, lane), out var value) ? value : null;
        }

        public void Dispose() => _listener.Dispose();
    }
}
