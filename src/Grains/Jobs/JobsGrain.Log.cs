using Microsoft.Extensions.Logging;

namespace ScoringCluster.Grains.Jobs;

internal sealed partial class JobsGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job}: {Rows} inputs for {Model}, output {Output}")]
    private partial void LogSubmitted(string job, long rows, string model, string output);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Job} is resumed")]
    private partial void LogResumed(string job);
}
