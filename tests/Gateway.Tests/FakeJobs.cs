using System.Collections.Immutable;
using ScoringCluster.Contracts.Jobs;

namespace ScoringCluster.Gateway.Tests;

/// <summary>A register of jobs that keeps what it was asked and answers what the test sets.</summary>
internal sealed class FakeJobs : IJobsGrain
{
    public List<JobRequest> Requests { get; } = [];

    /// <summary>Jobs that were asked for by id.</summary>
    public List<string> Asked { get; } = [];

    public JobReply Reply { get; set; } = new(null, null);

    public ImmutableArray<JobStatus> Jobs { get; set; } = [];

    public Task<JobReply> Submit(JobRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return Task.FromResult(Reply);
    }

    public Task<JobReply> Get(string jobId)
    {
        Asked.Add(jobId);
        return Task.FromResult(Reply);
    }

    public Task<ImmutableArray<JobStatus>> List() => Task.FromResult(Jobs);

    public Task Resume() => Task.CompletedTask;

    public Task Ended(JobStatus status) => Task.CompletedTask;
}
