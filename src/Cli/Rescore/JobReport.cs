using System.Text.Json;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Cli.Rescore;

/// <summary>How a job ended, in lines for people. What only the output folder knows is said where it is on this
/// machine.</summary>
internal static class JobReport
{
    private const int ReasonsMax = 3;

    public static async Task<IReadOnlyList<string>> LinesAsync(
        JsonElement job, string output, CancellationToken cancellationToken)
    {
        var state = job.GetProperty("state").GetString();
        var error = job.TryGetProperty("error", out var message) ? $": {message.GetString()}" : "";
        var lines = new List<string>
        {
            $"job       {job.GetProperty("jobId").GetString()} {state}{error}",
            $"rows      {Number(job, "rows")} ({Number(job, "rowsScored")} scored, {Number(job, "rowsBad")} bad)",
        };
        if (Number(job, "rowsPerSecond") > 0)
        {
            lines.Add($"speed     {Number(job, "rowsPerSecond"):0.#} rows/s");
        }

        if (state == "succeeded" && await FolderAgreement.ReadAsync(output, cancellationToken) is { } agreement)
        {
            lines.Add($"accuracy  {agreement.Agreeing / (double)agreement.Rows:0.0000} ({agreement.Agreeing} of "
                + $"{agreement.Rows} rows have the class that their folder is named after)");
        }

        var folder = new JobFolder(output);
        var (pins, _) = await JobReader.ReadPinsAsync(folder, cancellationToken);
        if (pins is { FilesSkipped: > 0 })
        {
            var files = pins.FilesSkipped == 1 ? "file that is no image" : "files that are no images";
            lines.Add($"skipped   {pins.FilesSkipped} {files} ({string.Join(", ", pins.TypesSkipped)})");
        }

        if (Number(job, "rowsBad") > 0)
        {
            lines.Add($"errors    {folder.ErrorsFolder}");
            lines.AddRange((await JobErrors.ReadAsync(folder, ReasonsMax, cancellationToken))
                .Select(row => $"          {row.Path}: {row.Message}"));
        }

        lines.Add($"results   {output}");
        return lines;
    }

    private static double Number(JsonElement job, string name) => job.GetProperty(name).GetDouble();
}
