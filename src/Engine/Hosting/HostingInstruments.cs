using System.Diagnostics.Metrics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Hosting;

/// <summary>What loading measures.</summary>
internal sealed class HostingInstruments
{
    private readonly Histogram<double> _loadTime;
    private readonly UpDownCounter<long> _loaded;

    public HostingInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _loadTime = meter.CreateHistogram<double>(TelemetryNames.Instruments.ModelLoadDuration, "s");
        _loaded = meter.CreateUpDownCounter<long>(TelemetryNames.Instruments.ModelsLoaded, "{model}");
    }

    public void OnLoaded(LoadedModel model)
    {
        _loadTime.Record(
            model.LoadTime.TotalSeconds, new(TelemetryNames.Tags.Model, model.Model.Name),
            new(TelemetryNames.Tags.Engine, model.Engine));
        _loaded.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Tags.Device, model.Device.Id.ToString()));
    }

    public void OnUnloaded(LoadedModel model) =>
        _loaded.Add(-1, new KeyValuePair<string, object?>(TelemetryNames.Tags.Device, model.Device.Id.ToString()));
}
