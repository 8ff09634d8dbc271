using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Jobs;

/// <summary>The job that a folder holds now, or why it cannot hold the one asked for.</summary>
public sealed record JobPlanResult(JobPins? Pins, ScoringFault? Fault);

/// <summary>
/// Turns a request into a pinned, planned job folder. Asking again, also after a crash at any moment, gives the same
/// job: <c>inputs.parquet</c> and <c>plan.json</c> come first, and the exclusive creation of <c>job.json</c> ends it.
/// </summary>
public sealed class JobPlanner(TimeProvider time)
{
    public async Task<JobPlanResult> PlanAsync(JobFolder folder, JobSpec spec, CancellationToken cancellationToken)
    {
        spec = spec with { Input = Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.Input)) };
        try
        {
            if (await JobReader.ReadPinsAsync(folder, cancellationToken) is { } existing)
            {
                return await ResumeAsync(folder, existing, spec, cancellationToken);
            }

            if (folder.FindForeignEntry() is { } foreign)
            {
                return Conflict($"'{folder.Root}' holds no job and is not empty: it has '{Path.GetFileName(foreign)}'");
            }

            return await CreateAsync(folder, spec, cancellationToken);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            return Unreadable(exception.Message);
        }
    }

    private async Task<JobPlanResult> CreateAsync(JobFolder folder, JobSpec spec, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(spec.Input))
        {
            return Unreadable($"The input folder '{spec.Input}' does not exist");
        }

        folder.Create();
        var archive = new ImageFolderArchive(spec.Input);
        var aside = folder.Aside(folder.InputsFile);
        long rows;
        string digest;
        await using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
        {
            (rows, digest) = await InputList.WriteAsync(
                stream, archive.List(cancellationToken), Limits.JobInputsMax, cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        if (rows is 0 or > Limits.JobInputsMax)
        {
            File.Delete(aside);
            return Unreadable(rows == 0
                ? $"'{spec.Input}' holds no image (.png, .jpg, .jpeg, .bmp, .webp)"
                    + (archive.LinksSkipped > 0 ? $"; {archive.LinksSkipped} links lead out and were skipped" : "")
                : $"'{spec.Input}' holds more than {Limits.JobInputsMax} images");
        }

        var pins = Pin(folder, spec, rows, digest) with
        {
            InputsSha256 = await DurableFile.Sha256Async(aside, cancellationToken),
        };
        DurableFile.Replace(aside, folder.InputsFile);
        folder.Reach(JobStep.InputsListed);
        await DurableFile.ReplaceJsonAsync(
            folder, folder.PlanFile, new ShardPlan(rows, spec.ShardRows), JobJson.Default.ShardPlan, cancellationToken);
        folder.Reach(JobStep.PlanWritten);

        var job = DurableFile.Json(pins, JobJson.Default.JobPins);
        var jobAside = await DurableFile.WriteAsideAsync(folder, folder.JobFile, job, cancellationToken);
        if (!DurableFile.TryPublish(jobAside, folder.JobFile))
        {
            var winner = await JobReader.ReadPinsAsync(folder, cancellationToken);
            return await ResumeAsync(folder, winner!, spec, cancellationToken);
        }

        folder.Reach(JobStep.JobPinned);
        return new JobPlanResult(pins, null);
    }

    private JobPins Pin(JobFolder folder, JobSpec spec, long rows, string digest) => new()
    {
        Job = spec.Job ?? JobId.Derive(
            spec.ModelDigest, digest, spec.Model, spec.Signature, spec.Manifest, folder.Root,
            $"{spec.ShardRows}/{spec.BatchRows}"),
        Derived = spec.Job is null,
        Model = spec.Model,
        ModelDigest = spec.ModelDigest,
        Signature = spec.Signature,
        Manifest = spec.Manifest,
        ManifestAssumed = spec.ManifestAssumed,
        Classes = spec.Classes,
        Input = spec.Input,
        InputDigest = digest,
        InputsSha256 = "",
        Rows = rows,
        ShardRows = spec.ShardRows,
        BatchRows = spec.BatchRows,
        Execution = spec.Execution,
        Created = time.GetUtcNow(),
    };

    /// <summary>The folder has a job: it must be the one asked for, and its plan must be what was pinned.</summary>
    private static async Task<JobPlanResult> ResumeAsync(
        JobFolder folder, JobPins pins, JobSpec spec, CancellationToken cancellationToken)
    {
        if (await DifferencesAsync(pins, spec, cancellationToken) is { Count: > 0 } differences)
        {
            return Conflict($"'{folder.Root}' holds job {pins.Job}, and it is another one: "
                + string.Join("; ", differences));
        }

        if (!File.Exists(folder.InputsFile)
            || await DurableFile.Sha256Async(folder.InputsFile, cancellationToken) != pins.InputsSha256)
        {
            return Conflict($"'{folder.InputsFile}' is not the list of inputs that job {pins.Job} pinned");
        }

        if (!folder.IsFinished)
        {
            folder.Create();
            await DurableFile.ReplaceJsonAsync(
                folder, folder.PlanFile, new ShardPlan(pins.Rows, pins.ShardRows), JobJson.Default.ShardPlan,
                cancellationToken);
        }

        return new JobPlanResult(pins, null);
    }

    /// <summary>
    /// What a caller decides must agree; how the work is cut and where it runs stays as the job pinned it. Inputs are
    /// listed again only where no id says which job is meant.
    /// </summary>
    private static async Task<List<string>> DifferencesAsync(
        JobPins pins, JobSpec spec, CancellationToken cancellationToken)
    {
        var differences = new List<string>();
        Compare("job", pins.Job, spec.Job ?? pins.Job);
        Compare("model", pins.Model, spec.Model);
        Compare("model digest", pins.ModelDigest, spec.ModelDigest);
        Compare("signature", pins.Signature, spec.Signature);
        Compare("manifest", pins.Manifest, spec.Manifest);
        Compare("input", pins.Input, spec.Input);
        if (spec.Job is null && differences.Count == 0)
        {
            using var digest = new InputDigest();
            foreach (var row in await Task.Run(
                () => new ImageFolderArchive(spec.Input).List(cancellationToken), cancellationToken))
            {
                digest.Add(row);
            }

            Compare("list of inputs (give the job's id to finish the pinned list)", pins.InputDigest, digest.Take());
        }

        return differences;

        void Compare(string what, string pinned, string asked)
        {
            if (pinned != asked)
            {
                differences.Add($"{what}: pinned {pinned}, asked {asked}");
            }
        }
    }

    private static JobPlanResult Conflict(string message) => new(null, new(FaultKind.JobConflict, message));

    private static JobPlanResult Unreadable(string message) => new(null, new(FaultKind.InputUnreadable, message));
}
