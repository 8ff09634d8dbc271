using System.Collections.Immutable;
using Orleans.Concurrency;

namespace ScoringCluster.Contracts.Jobs;

/// <summary>
/// The cluster's register of jobs: hands out ids, remembers which folder each job writes to, and wakes unfinished jobs
/// after a restart. One grain, key <see cref="Key"/>.
/// </summary>
[Alias("scoring.v1.IJobsGrain")]
public interface IJobsGrain : IGrainWithStringKey
{
    const string Key = "jobs";

    /// <summary>
    /// Plans and starts a job; asking again with the same id or the same content answers with the same job.
    /// </summary>
    [Alias("Submit"), ResponseTimeout("00:10:00")]
    Task<JobReply> Submit(JobRequest request, CancellationToken cancellationToken);

    [AlwaysInterleave, Alias("Get")]
    Task<JobReply> Get(string jobId);

    [AlwaysInterleave, Alias("List")]
    Task<ImmutableArray<JobStatus>> List();

    /// <summary>Wakes every unfinished job; each silo calls it when it starts.</summary>
    [AlwaysInterleave, Alias("Resume")]
    Task Resume();

    /// <summary>A job grain says how its job ended.</summary>
    [Alias("Ended"), ResponseTimeout("00:10:00")]
    Task Ended(JobStatus status);
}
