using ScoringCluster.Archive.Jobs;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>A job's status as its folder tells it.</summary>
internal static class JobStatuses
{
    public static async Task<JobStatus> ReadAsync(JobTicket ticket, CancellationToken cancellationToken)
    {
        var folder = new JobFolder(ticket.Output);
        var status = Of(ticket, JobState.Running);
        if (await JobReader.ReadPinsAsync(folder, cancellationToken) is not { } pins || pins.Job != ticket.JobId)
        {
            return status with { State = JobState.Failed, Fault = Lost(ticket) };
        }

        status = status with { Rows = pins.Rows, Shards = JobReader.PlanOf(pins).Shards };
        if (await JobReader.ReadManifestAsync(folder, cancellationToken) is { } manifest)
        {
            return Finished(status, manifest);
        }

        var progress = await JobReader.ReadProgressAsync(folder, cancellationToken);
        return progress is null ? status : With(status, progress);
    }

    public static JobStatus Of(JobTicket ticket, JobState state) => new()
    {
        JobId = ticket.JobId,
        State = state,
        Output = ticket.Output,
        Model = ticket.Model,
        Submitted = ticket.Submitted,
    };

    public static JobStatus With(JobStatus status, JobProgress progress) => status with
    {
        Rows = progress.Rows,
        RowsScored = progress.Scored,
        RowsBad = progress.Bad,
        Shards = progress.Shards,
        ShardsCommitted = progress.Committed,
    };

    public static JobStatus Finished(JobStatus status, JobManifest manifest) => status with
    {
        State = JobState.Succeeded,
        Rows = manifest.Rows,
        RowsScored = manifest.Scored,
        RowsBad = manifest.Bad,
        Shards = manifest.Shards,
        ShardsCommitted = manifest.Shards,
    };

    public static ScoringFault Lost(JobTicket ticket) =>
        new(FaultKind.JobConflict, $"'{ticket.Output}' does not hold job {ticket.JobId} any more");
}
