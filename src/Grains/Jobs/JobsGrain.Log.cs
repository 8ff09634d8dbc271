using Microsoft.Extensions.Logging;

namespace ScoringCluster.Grains.Jobs;

internal sealed partial class JobsGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job}: {Rows} inputs for {Model}, output {Output}")]
    private partial void LogSubmitted(string job, long rows, string model, string output);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job} is resumed")]
    private partial void LogResumed(string job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job} could not be resumed: ask for it again")]
    private partial void LogNotResumed(string job, Exception exception);
}
