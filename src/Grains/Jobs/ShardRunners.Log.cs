using Microsoft.Extensions.Logging;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

internal sealed partial class ShardRunners
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {Job}: {Replica} works on {Shards} shards at a time")]
    private partial void LogStarted(string job, ReplicaKey replica, int shards);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Job {Job} could not be told: {Reason}")]
    private partial void LogNotTold(string job, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Job}: the runner of {Replica} met a defect")]
    private partial void LogDefect(string job, ReplicaKey replica, Exception exception);
}
