using System.Collections.Concurrent;
using System.Diagnostics;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Telemetry;

public sealed class GatewayInstrumentsTests
{
    private const string Good = """
        {"inputs":[{"name":"x","datatype":"FP32","shape":[3],"data":[1,2,3]}]}
        """;

    [Fact]
    public async Task Requests_OfAllOutcomes_AreCountedByModelAndFault()
    {
        await using var gateway = await GatewayFixture.StartAsync();
        using var meter = new Measurements(gateway);

        await gateway.PostAsync("v2/models/echo-Float32/infer", Good);
        await gateway.PostAsync("v2/models/made-up/infer", Good);
        gateway.Replicas.Before = (_, _) => throw new InvalidCastException("a defect");
        await gateway.PostAsync("v2/models/echo-Float32/infer", Good);

        Assert.Equal(
            ["1 echo-Float32 1 ok", "1  0 fault", "1 echo-Float32 1 fault"],
            meter.Of(TelemetryNames.Instruments.Requests, TelemetryNames.Tags.Outcome));
        Assert.Equal(
            ["1  0 ModelUnknown", "1 echo-Float32 1 Internal"],
            meter.Of(TelemetryNames.Instruments.Faults, TelemetryNames.Tags.Fault));
        Assert.Equal("3 echo-Float32 1 oip-http",
            meter.Of(TelemetryNames.Instruments.RequestRows, TelemetryNames.Tags.Protocol)[0]);
        Assert.Equal(3, meter.Of(TelemetryNames.Instruments.RequestDuration, TelemetryNames.Tags.Protocol).Count);
    }

    [Fact]
    public async Task Request_HasASpanThatContinuesTheCallersTrace()
    {
        const string parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is TelemetryNames.Source or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var gateway = await GatewayFixture.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "v2/models/echo-Float32/infer");
        request.Content = new StringContent(Good);
        request.Headers.Add("traceparent", parent);

        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);

        var span = Assert.Single(spans, s =>
            s.OperationName == TelemetryNames.Spans.Request && parent.Contains(s.TraceId.ToHexString()));
        Assert.Equal("echo-Float32", span.GetTagItem(TelemetryNames.Tags.Model));
        Assert.Equal(1, span.GetTagItem(TelemetryNames.Tags.Version));
        Assert.Equal(3, span.GetTagItem(TelemetryNames.Tags.Rows));
        Assert.Equal("oip-http", span.GetTagItem(TelemetryNames.Tags.Protocol));
        Assert.Equal(ActivityStatusCode.Ok, span.Status);
    }
}
