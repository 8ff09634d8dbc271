using ScoringCluster.Archive.Jobs;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>
/// A job's status as its folder tells it; a folder that is damaged, lost or out of reach is that job's fault.
/// </summary>
internal static class JobStatuses
{
    public static async Task<JobStatus> ReadAsync(JobTicket ticket, CancellationToken cancellationToken)
    {
        var folder = new JobFolder(ticket.Output);
        var status = Of(ticket, JobState.Running);
        var (pins, fault) = await JobReader.OpenAsync(folder, ticket.JobId, cancellationToken);
        if (pins is null)
        {
            return Failed(status, fault!);
        }

        status = status with { Rows = pins.Rows, Shards = JobReader.PlanOf(pins).Shards };
        (var manifest, fault) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
        if (fault is not null)
        {
            return Failed(status, fault);
        }

        if (manifest is not null)
        {
            return Finished(status, manifest);
        }

        var progress = await JobReader.ReadProgressAsync(folder, pins, cancellationToken);
        return progress is null ? status : With(status, progress);
    }

    public static JobStatus Of(JobTicket ticket, JobState state) => new()
    {
        JobId = ticket.JobId,
        State = state,
        Output = ticket.Output,
        Model = ticket.Model,
        Submitted = ticket.Submitted,
        ManifestAssumed = ticket.ManifestAssumed,
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

    public static JobStatus Failed(JobStatus status, ScoringFault fault) =>
        status with { State = JobState.Failed, Fault = fault };
}
