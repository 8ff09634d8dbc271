using System.Diagnostics;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>What tells one queue's measurements from another's, made once: they are recorded with every row.</summary>
internal sealed class BatchTags(ModelRef model, DeviceId device)
{
    private readonly TagList _online = Tags(model, device, "online");
    private readonly TagList _archive = Tags(model, device, "archive");

    /// <summary>A copy, to which more may be added.</summary>
    public TagList Of(Lane lane) => lane == Lane.Online ? _online : _archive;

    private static TagList Tags(ModelRef model, DeviceId device, string lane) => new()
    {
        { TelemetryNames.Tags.Model, model.Name },
        { TelemetryNames.Tags.Version, model.Version },
        { TelemetryNames.Tags.Device, device.ToString() },
        { TelemetryNames.Tags.Lane, lane },
    };
}
