using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <inheritdoc cref="IJobsGrain"/>
internal sealed partial class JobsGrain(
    [PersistentState("jobs", "scoring")] IPersistentState<JobRegister> register, IJobModels models,
    IOptions<JobOptions> options, TimeProvider time, ILogger<JobsGrain> logger) : Grain, IJobsGrain
{
    /// <summary>Ended jobs that are remembered; older ones are known by their folders only.</summary>
    private const int EndedJobsMax = 1_000;

    public async Task<JobReply> Submit(JobRequest request, CancellationToken cancellationToken)
    {
        if (Check(request) is { } wrong)
        {
            return new JobReply(wrong, null);
        }

        var folder = new JobFolder(request.Output);
        var (spec, fault) = await SpecifyAsync(request, folder, cancellationToken);
        if (fault is not null)
        {
            return new JobReply(fault, null);
        }

        var plan = await Task.Run(
            () => new JobPlanner(time).PlanAsync(folder, spec!, cancellationToken), cancellationToken);
        if (plan.Pins is not { } pins)
        {
            return new JobReply(plan.Fault, null);
        }

        var known = Find(pins.Job);
        _ = ModelRef.TryParse(pins.Model, out var model);
        var ticket = new JobTicket(pins.Job, folder.Root, model, known?.Ticket.Submitted ?? time.GetUtcNow())
        {
            ManifestAssumed = pins.ManifestAssumed,
        };
        await RememberAsync(new RegisteredJob(ticket, null));
        LogSubmitted(pins.Job, pins.Rows, pins.Model, folder.Root);
        return new JobReply(null, await GrainFactory.GetGrain<IJobGrain>(pins.Job).Drive(ticket));
    }

    public async Task<JobReply> Get(string jobId) => Find(jobId) is { } job
        ? new JobReply(null, await StatusAsync(job))
        : new JobReply(new ScoringFault(FaultKind.JobUnknown, $"There is no job '{jobId}'"), null);

    public async Task<ImmutableArray<JobStatus>> List() =>
        [.. await Task.WhenAll(register.State.Jobs.ToArray().Select(TryStatusAsync))];

    public async Task Resume()
    {
        foreach (var job in register.State.Jobs.Where(job => job.Ended is null).ToArray())
        {
            try
            {
                await GrainFactory.GetGrain<IJobGrain>(job.Ticket.JobId).Drive(job.Ticket);
                LogResumed(job.Ticket.JobId);
            }
            catch (Exception exception)
            {
                // One job that cannot be reached is no reason to let the others wait.
                LogNotResumed(job.Ticket.JobId, exception);
            }
        }
    }

    public async Task Ended(JobStatus status)
    {
        if (Find(status.JobId) is { } job)
        {
            await RememberAsync(job with { Ended = status });
        }
    }

    private ScoringFault? Check(JobRequest request)
    {
        if (!ModelRef.IsName(request.Model))
        {
            return new ScoringFault(FaultKind.ModelUnknown, $"'{request.Model}' is no model's name");
        }

        if (request.JobId is { } id && !JobId.IsValid(id))
        {
            return new ScoringFault(FaultKind.RequestInvalid,
                $"id: '{id}' is no job id: letters, digits, '.', '_' and '-', at most 128, the first no sign");
        }

        var (inputs, outputs) = (options.Value.InputRoots, options.Value.OutputRoots);
        if ((PathRoots.Check(request.Input, [.. inputs], "Jobs:InputRoots (serve --input-root)")
            ?? PathRoots.Check(request.Output, [.. outputs], "Jobs:OutputRoots (serve --output-root)")) is { } refused)
        {
            return refused;
        }

        // An id whose job was elsewhere is free again once that folder does not hold the job any more.
        if (request.JobId is { } given && Find(given) is { } known
            && known.Ticket.Output != new JobFolder(request.Output).Root
            && File.Exists(new JobFolder(known.Ticket.Output).JobFile))
        {
            return new ScoringFault(FaultKind.JobConflict, $"Job {given} writes to '{known.Ticket.Output}'");
        }

        return register.State.Jobs.Count(job => job.Ended is null) >= Limits.JobsUnfinishedMax
            ? new ScoringFault(FaultKind.Overloaded, $"There are {Limits.JobsUnfinishedMax} unfinished jobs")
            {
                RetryAfter = TimeSpan.FromMinutes(1),
            }
            : null;
    }

    /// <summary>Asks a ready replica what the job would pin. A folder's own job keeps its version.</summary>
    private async Task<(JobSpec? Spec, ScoringFault? Fault)> SpecifyAsync(
        JobRequest request, JobFolder folder, CancellationToken cancellationToken)
    {
        var (pinned, damaged) = await JobReader.ReadPinsAsync(folder, cancellationToken);
        if (damaged is not null)
        {
            return (null, damaged);
        }

        var version = request.Version ?? PinnedVersion(pinned, request.Model);
        var table = await models.ReadAsync(cancellationToken);
        var (entry, fault) = JobModelChoice.Choose(table, request.Model, version);
        if (entry?.Ready is not { } ready)
        {
            return (null, fault);
        }

        var offer = await GrainFactory.GetGrain<IShardRunnerGrain>(ready.Replica.ToString()).Describe();
        return offer.Fault is not null ? (null, offer.Fault) : (ToSpec(request, entry, offer), null);
    }

    private JobSpec ToSpec(JobRequest request, RouteEntry entry, RunnerOffer offer) => new()
    {
        Job = request.JobId,
        Model = entry.Model.ToString(),
        ModelDigest = offer.ModelDigest,
        Signature = offer.Signature,
        Manifest = offer.Manifest,
        ManifestAssumed = offer.ManifestAssumed,
        Classes = offer.Classes,
        Input = request.Input,
        ShardRows = options.Value.ShardRows,
        BatchRows = Math.Min(options.Value.BatchRows, offer.BatchRowsMax),
        Execution = ShardRunners.Execution(offer),
        Deterministic = request.Deterministic ?? true,
    };

    private static int? PinnedVersion(JobPins? pins, string name) =>
        pins is not null && ModelRef.TryParse(pins.Model, out var model) && model.Name == name ? model.Version : null;

    private async Task<JobStatus> StatusAsync(RegisteredJob job) =>
        job.Ended ?? await GrainFactory.GetGrain<IJobGrain>(job.Ticket.JobId).GetStatus(job.Ticket);

    /// <summary>One job whose grain cannot be reached must not hide the others.</summary>
    private async Task<JobStatus> TryStatusAsync(RegisteredJob job)
    {
        try
        {
            return await StatusAsync(job);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException)
        {
            return JobStatuses.Of(job.Ticket, JobState.Running) with
            {
                Fault = new ScoringFault(FaultKind.Internal, $"Its status is not known now: {exception.Message}"),
            };
        }
    }

    private RegisteredJob? Find(string id) => register.State.Jobs.Find(job => job.Ticket.JobId == id);

    private async Task RememberAsync(RegisteredJob job)
    {
        var others = register.State.Jobs.Where(other => other.Ticket.JobId != job.Ticket.JobId).ToList();
        var tooMany = others.Count(other => other.Ended is not null) - EndedJobsMax;
        foreach (var old in others.Where(other => other.Ended is not null).Take(Math.Max(0, tooMany)).ToArray())
        {
            others.Remove(old);
        }

        register.State.Jobs = [.. others, job];
        await register.WriteStateAsync();
    }
}
