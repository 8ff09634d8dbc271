using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>Archive jobs by the command and by the API, interrupted and resumed.</summary>
public sealed class RescoreTests(DemoServiceFixture service) : IClassFixture<DemoServiceFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rescore_AFolder_WritesShardsReceiptsAndSuccess()
    {
        using var folder = new TempFolder();
        var input = CopyWithBadImages(folder["input"]);
        var output = folder["out"];

        var status = Parse(await ScoringProcess.Run(
            0, "rescore", "--model", $"stripes={service.Model}", "--input", input, "--output", output, "--json"));

        Assert.Equal(62, status.GetProperty("rows").GetInt64());
        Assert.Equal(60, status.GetProperty("rowsScored").GetInt64());
        Assert.Equal(2, status.GetProperty("rowsBad").GetInt64());
        Assert.True(File.Exists(Path.Combine(output, "_SUCCESS")));
        Assert.Empty(
            Directory.Exists(Path.Combine(output, "claims")) ? Directory.GetFiles(Path.Combine(output, "claims")) : []);
        foreach (var receipt in Directory.GetFiles(Path.Combine(output, "receipts"), "*.json"))
        {
            foreach (var file in Parse(await File.ReadAllTextAsync(receipt, Token)).GetProperty("files")
                .EnumerateArray())
            {
                var bytes = await File
                    .ReadAllBytesAsync(Path.Combine(output, file.GetProperty("path").GetString()!), Token);
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), file.GetProperty("sha256").GetString());
            }
        }
    }

    [Fact]
    public async Task Rescore_IntoAFile_IsOneSentenceThatNamesIt()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["file"], "mine", Token);
        await using var process = ScoringProcess.Start(
            ["rescore", "--model", $"stripes={service.Model}", "--input", service.Images, "--output", folder["file"]]);

        Assert.Equal(1, await process.WaitForExit());

        Assert.Contains(
            $"The output folder '{folder["file"]}' cannot be used", process.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Errors, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder["file"], Token));
    }

    [Fact]
    public async Task Rescore_WithBadImages_PrintsWhereTheErrorsLieAndTheFirst()
    {
        using var folder = new TempFolder();
        var input = CopyWithBadImages(folder["input"]);
        await File.WriteAllTextAsync(Path.Combine(input, "notes.txt"), "no image", Token);

        var report = await ScoringProcess.Run(
            0, "rescore", "--model", $"stripes={service.Model}", "--input", input, "--output", folder["out"]);

        Assert.Contains($"errors    {Path.Combine(folder["out"], "errors")}", report, StringComparison.Ordinal);
        Assert.Contains("empty.png: The image cannot be read: it is empty.", report, StringComparison.Ordinal);
        Assert.Contains("skipped   1 file that is no image (.txt)", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rescore_AskedAgain_IsTheSameJobAndChangesNothing()
    {
        using var folder = new TempFolder();
        string[] command =
            ["rescore", "--model", $"stripes={service.Model}", "--input", service.Images, "--output", folder["out"],
                "--json"];
        var first = Parse(await ScoringProcess.Run(0, command));
        var before = Bytes(folder["out"]);

        var second = Parse(await ScoringProcess.Run(0, command));

        Assert.Equal(first.GetProperty("jobId").GetString(), second.GetProperty("jobId").GetString());
        Assert.Equal(before, Bytes(folder["out"]));
    }

    [Fact]
    public async Task Rescore_KilledBetweenReceipts_FinishesWithTheBytesOfAnUndisturbedRun()
    {
        using var folder = new TempFolder();
        var input = folder["input"];
        for (var copy = 0; copy < 20; copy++)
        {
            CopyWithBadImages(Path.Combine(input, $"copy-{copy:00}"));
        }

        string[] Command(string output) =>
            ["rescore", "--model", $"stripes={service.Model}", "--input", input, "--output", output, "--json"];
        await ScoringProcess.Run(0, Command(folder["undisturbed"]));

        var receipts = Path.Combine(folder["killed"], "receipts");
        Directory.CreateDirectory(receipts);
        var firstReceipt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (var watcher = new FileSystemWatcher(receipts, "*.json"))
        {
            watcher.Created += (_, _) => firstReceipt.TrySetResult();
            watcher.EnableRaisingEvents = true;
            await using var process = ScoringProcess.Start(Command(folder["killed"]));
            await firstReceipt.Task.WaitAsync(ScoringProcess.Patience, Token);
            await process.Kill();
        }

        await ScoringProcess.Run(0, Command(folder["killed"]));

        Assert.Equal(
            Bytes(Path.Combine(folder["undisturbed"], "shards")), Bytes(Path.Combine(folder["killed"], "shards")));
        Assert.Equal(
            Bytes(Path.Combine(folder["undisturbed"], "errors")), Bytes(Path.Combine(folder["killed"], "errors")));
    }

    [Fact]
    public async Task Rescore_ByTwoProcessesAtOnce_SucceedsInBothWithTheBytesOfOne()
    {
        using var folder = new TempFolder();
        var input = folder["input"];
        for (var copy = 0; copy < 5; copy++)
        {
            CopyWithBadImages(Path.Combine(input, $"copy-{copy:00}"));
        }

        string[] Command(string output) =>
            ["rescore", "--model", $"stripes={service.Model}", "--input", input, "--output", output, "--json"];
        await ScoringProcess.Run(0, Command(folder["alone"]));

        await Task.WhenAll(
            ScoringProcess.Run(0, Command(folder["shared"])), ScoringProcess.Run(0, Command(folder["shared"])));

        foreach (var data in (string[])["shards", "errors"])
        {
            Assert.Equal(Bytes(Path.Combine(folder["alone"], data)), Bytes(Path.Combine(folder["shared"], data)));
        }
    }

    [Fact]
    public async Task Jobs_OfTheApi_AnswerWithTheirUrlAndRun()
    {
        var output = Path.Combine(service.Outputs, "by-api");
        var request = JsonSerializer
            .Serialize(new { model = "stripes", input = service.Images, output, id = "by-api" });

        using var answer = await service.Http.PostAsync(
            "api/jobs", new StringContent(request, Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.EndsWith("/api/jobs/by-api", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        await ScoringProcess.Run(
            0, "rescore", "--model", "stripes", "--input", service.Images, "--output", output, "--job", "by-api",
            "--url", service.Url.ToString(), "--json");
        Assert.True(File.Exists(Path.Combine(output, "_SUCCESS")));
    }

    [Fact]
    public async Task Jobs_OutsideTheRoots_AreRefusedByNameOfTheOption()
    {
        var request = JsonSerializer
            .Serialize(new { model = "stripes", input = "/etc", output = service.Outputs + "/x", id = "no" });

        using var answer = await service.Http.PostAsync(
            "api/jobs", new StringContent(request, Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("Jobs:InputRoots", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private string CopyWithBadImages(string target)
    {
        foreach (var file in Directory.GetFiles(service.Images, "*.png", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(service.Images, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        File.WriteAllText(Path.Combine(target, "empty.png"), "");
        File.WriteAllText(Path.Combine(target, "text.png"), "no image");
        return target;
    }

    private static Dictionary<string, string> Bytes(string folder) => Directory
        .GetFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(
            file => Path.GetRelativePath(folder, file), file =>
                Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
