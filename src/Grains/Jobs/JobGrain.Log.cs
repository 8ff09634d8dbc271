using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

internal sealed partial class JobGrain
{
    [LoggerMessage(
        Level = LogLevel.Information, Message = "Job {Job} ended: {State}, {Scored} rows scored, {Bad} bad, {Fault}")]
    private partial void LogEnded(string job, JobState state, long scored, long bad, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job}: the runner of {Replica} stopped: {Fault}")]
    private partial void LogRunnerEnded(string job, ReplicaKey replica, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {Job}: {Replica} could not be invited: {Reason}")]
    private partial void LogNotInvited(string job, ReplicaKey replica, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job} met a defect")]
    private partial void LogDefect(string job, Exception exception);
}
