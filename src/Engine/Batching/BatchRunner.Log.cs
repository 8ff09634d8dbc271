using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

internal sealed partial class BatchRunner
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "A batch of {Parts} requests for {Model} failed and is run request by request: {Fault}")]
    private partial void LogBatchFailed(ModelRef model, int parts, EngineFault fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "An execution of {Model} failed unexpectedly.")]
    private partial void LogUnexpected(Exception exception, ModelRef model);
}
