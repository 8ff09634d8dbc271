using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests.Telemetry;

/// <summary>What one gateway's meter measured, in order.</summary>
internal sealed class Measurements : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, string Value, Dictionary<string, object?> Tags)> _all = new();
    private readonly SemaphoreSlim _requests = new(0);

    public Measurements(GatewayFixture gateway)
    {
        var meters = gateway.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Source && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, $"{value}", tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, "", tags));
        _listener.Start();
    }

    /// <summary>Ends when one more request was counted, which is the last that happens of its measuring.</summary>
    public async Task RequestAsync() =>
        Assert.True(await _requests.WaitAsync(_patience, TestContext.Current.CancellationToken), "none was counted");

    public List<string> Of(string instrument, string tag) =>
    [
        .. _all.Where(m => m.Name == instrument).Select(m =>
            $"{m.Value} {m.Tags[TelemetryNames.Tags.Model]} {m.Tags[TelemetryNames.Tags.Version]} {m.Tags[tag]}"),
    ];

    public void Dispose()
    {
        _listener.Dispose();
        _requests.Dispose();
    }

    private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _all.Enqueue((instrument.Name, value, tags.ToArray().ToDictionary(t => t.Key, t => t.Value)));
        if (instrument.Name == TelemetryNames.Instruments.Requests)
        {
            _requests.Release();
        }
    }
}
