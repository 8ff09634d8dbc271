using Microsoft.Extensions.Logging;
using ScoringCluster.Contracts.Jobs;

namespace ScoringCluster.Grains.Jobs;

/// <summary>
/// Wakes unfinished jobs when a silo has started: what a crash or a restart interrupted goes on by itself.
/// </summary>
internal sealed partial class JobResumer(IGrainFactory grains, ILogger<JobResumer> logger)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private volatile bool _stopping;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(JobResumer), ServiceLifecycleStage.Active + 1, Start, Stop);

    /// <summary>The silo's start does not wait for its jobs.</summary>
    private Task Start(CancellationToken cancellationToken)
    {
        _ = ResumeAsync();
        return Task.CompletedTask;
    }

    private Task Stop(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.CompletedTask;
    }

    private async Task ResumeAsync()
    {
        try
        {
            await grains.GetGrain<IJobsGrain>(IJobsGrain.Key).Resume();
        }
        catch (Exception exception)
        {
            if (!_stopping)
            {
                LogNotResumed(exception);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Unfinished jobs could not be resumed: ask for them again")]
    private partial void LogNotResumed(Exception exception);
}
