using Microsoft.Extensions.Logging;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Hosting;

public sealed partial class ReplicaHost
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Loaded {Model} on {Device} with engine {Engine} ({Reason}) in {Milliseconds:0} ms.")]
    private partial void LogLoaded(ModelRef model, DeviceId device, string engine, string reason, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Loading {Model} on {Device} failed: {Reason}")]
    private partial void LogLoadFailed(ModelRef model, DeviceId device, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Loading {Model} on {Device} failed unexpectedly.")]
    private partial void LogLoadFailedUnexpectedly(Exception exception, ModelRef model, DeviceId device);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading {Model} on {Device} was cancelled.")]
    private partial void LogLoadCancelled(ModelRef model, DeviceId device);

    [LoggerMessage(Level = LogLevel.Information, Message = "Unloaded {Model} from {Device}.")]
    private partial void LogUnloaded(ModelRef model, DeviceId device);
}
