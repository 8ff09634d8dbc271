using ScoringCluster.Archive.Inputs;
using ScoringCluster.Core;
using ScoringCluster.Preprocessing;

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
            var (existing, fault) = await JobReader.ReadPinsAsync(folder, cancellationToken);
            if (fault is null && existing is null)
            {
                // Everything that may be wrong is looked at before anything is created.
                fault = await NewJobFolder.CheckAsync(folder, cancellationToken)
                    ?? CheckInput(spec, cancellationToken);
                if (fault is not null && File.Exists(folder.LockFile))
                {
                    (existing, fault) = await LookAgainAsync(folder, spec, cancellationToken);
                }
            }

            if (fault is not null)
            {
                return new JobPlanResult(null, fault);
            }

            return existing is not null
                ? await ResumeAsync(folder, existing, spec, cancellationToken)
                : await CreateAsync(folder, spec, cancellationToken);
        }
        catch (ArchiveUnreadableException exception)
        {
            return new JobPlanResult(null, Unreadable(exception.Message));
        }
        catch (Exception exception) when (JobFaults.IsExpected(exception))
        {
            return new JobPlanResult(null, JobFaults.Of(folder, exception));
        }
    }

    /// <summary>A folder that somebody is planning into looks like one that is damaged, until they are done.</summary>
    private static async Task<(JobPins? Pins, ScoringFault? Fault)> LookAgainAsync(
        JobFolder folder, JobSpec spec, CancellationToken cancellationToken)
    {
        using (await FolderLock.TakeAsync(folder, cancellationToken))
        {
            var (existing, fault) = await JobReader.ReadPinsAsync(folder, cancellationToken);
            return existing is not null || fault is not null
                ? (existing, fault)
                : (null, await NewJobFolder.CheckAsync(folder, cancellationToken)
                    ?? CheckInput(spec, cancellationToken));
        }
    }

    private static ScoringFault? CheckInput(JobSpec spec, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(spec.Input))
        {
            return Unreadable($"The input folder '{spec.Input}' does not exist");
        }

        var archive = new ImageFolderArchive(spec.Input);
        return archive.List(cancellationToken).Any() ? null : NoImage(spec, archive);
    }

    private async Task<JobPlanResult> CreateAsync(JobFolder folder, JobSpec spec, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder.Root);
        using (await FolderLock.TakeAsync(folder, cancellationToken))
        {
            // Somebody else may have planned while this one waited.
            if (!File.Exists(folder.JobFile)
                && await CreateLockedAsync(folder, spec, cancellationToken) is { } created)
            {
                return created;
            }
        }

        var (winner, fault) = await JobReader.ReadPinsAsync(folder, cancellationToken);
        return winner is null
            ? new JobPlanResult(null, fault ?? Conflict($"'{folder.Root}' was emptied while the job was planned"))
            : await ResumeAsync(folder, winner, spec, cancellationToken);
    }

    /// <returns>Null where another process pinned a job meanwhile.</returns>
    private async Task<JobPlanResult?> CreateLockedAsync(
        JobFolder folder, JobSpec spec, CancellationToken cancellationToken)
    {
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
            return new JobPlanResult(null, rows == 0
                ? NoImage(spec, archive)
                : Unreadable($"'{spec.Input}' holds more than {Limits.JobInputsMax} images"));
        }

        var pins = Pin(folder, spec, rows, digest) with
        {
            InputsSha256 = await DurableFile.Sha256Async(aside, cancellationToken),
            FilesSkipped = archive.FilesSkipped,
            TypesSkipped = [.. archive.TypesSkipped],
        };
        DurableFile.Replace(aside, folder.InputsFile);
        folder.Reach(JobStep.InputsListed);
        await WritePlanAsync(folder, pins, cancellationToken);
        folder.Reach(JobStep.PlanWritten);

        var jobAside = folder.Aside(folder.JobFile);
        await DurableFile.WriteAsideAsync(
            jobAside, DurableFile.Json(pins, JobJson.Default.JobPins), cancellationToken);
        if (!DurableFile.TryPublish(jobAside, folder.JobFile))
        {
            return null;
        }

        folder.Reach(JobStep.JobPinned);

        // Without locks another planner's list may have come over this one between its naming and the pinning.
        return await HasPinnedInputsAsync(folder, pins, cancellationToken)
            ? new JobPlanResult(pins, null)
            : new JobPlanResult(null, JobFaults.OtherInputs(folder, pins));
    }

    private JobPins Pin(JobFolder folder, JobSpec spec, long rows, string digest) => new()
    {
        Job = spec.Job ?? JobId.Derive(
            spec.ModelDigest, digest, spec.Model, spec.Signature, spec.Manifest, folder.Root,
            $"{spec.ShardRows}/{spec.BatchRows}{(spec.Deterministic ? "" : "/shared")}"),
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
        Deterministic = spec.Deterministic,
        Created = time.GetUtcNow(),
    };

    /// <summary>The folder has a job: it must be the one asked for, and its plan must be what was pinned.</summary>
    private static async Task<JobPlanResult> ResumeAsync(
        JobFolder folder, JobPins pins, JobSpec spec, CancellationToken cancellationToken)
    {
        if (await DifferencesAsync(pins, spec, cancellationToken) is { Count: > 0 } differences)
        {
            return new JobPlanResult(null, Conflict(
                $"'{folder.Root}' holds job {pins.Job}, and it is another one: {string.Join("; ", differences)}"));
        }

        if (!await HasPinnedInputsAsync(folder, pins, cancellationToken))
        {
            return new JobPlanResult(null, JobFaults.OtherInputs(folder, pins));
        }

        var (manifest, fault) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
        if (fault is not null)
        {
            return new JobPlanResult(null, fault);
        }

        if (manifest is null)
        {
            using var held = await FolderLock.TakeAsync(folder, cancellationToken);
            (manifest, _) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
            if (manifest is null)
            {
                folder.Create();
                await WritePlanAsync(folder, pins, cancellationToken);
            }
        }

        return new JobPlanResult(pins, null);
    }

    private static Task WritePlanAsync(JobFolder folder, JobPins pins, CancellationToken cancellationToken) =>
        DurableFile.ReplaceJsonAsync(
            folder.Aside(folder.PlanFile), folder.PlanFile, JobReader.PlanOf(pins), JobJson.Default.ShardPlan,
            cancellationToken);

    private static async Task<bool> HasPinnedInputsAsync(
        JobFolder folder, JobPins pins, CancellationToken cancellationToken) =>
        File.Exists(folder.InputsFile)
        && await DurableFile.Sha256Async(folder.InputsFile, cancellationToken) == pins.InputsSha256;

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
        Compare("deterministic", pins.Deterministic ? "true" : "false", spec.Deterministic ? "true" : "false");
        if (pins.Manifest != spec.Manifest)
        {
            differences.Add($"manifest: {ManifestDifferences.Describe(pins.Manifest, spec.Manifest)}");
        }

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

    private static ScoringFault NoImage(JobSpec spec, ImageFolderArchive archive)
    {
        var message = $"'{spec.Input}' holds no image ({string.Join(", ", ImageFileNames.Extensions)})";
        if (archive.FilesSkipped > 0)
        {
            message += $"; {archive.FilesSkipped} other files ({string.Join(", ", archive.TypesSkipped)})";
        }

        return Unreadable(
            archive.LinksSkipped > 0 ? $"{message}; {archive.LinksSkipped} links lead out and were skipped" : message);
    }

    private static ScoringFault Conflict(string message) => new(FaultKind.JobConflict, message);

    private static ScoringFault Unreadable(string message) => new(FaultKind.InputUnreadable, message);
}
