using System.Text.Json;
using ScoringCluster.DemoAssets;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>A model without <c>scoring.json</c>: every command that scores with it says what is assumed.</summary>
public sealed class AssumedTests
{
    private const string Note = "Model 'stripes' has no scoring.json, so the usual is assumed";

    [Fact]
    public async Task Commands_WithAModelWithoutManifest_SaySoOnStderrAndInJson()
    {
        using var folder = new TempFolder();
        DemoModel.Write(folder["model"]);
        Directory.Delete(Path.Combine(folder["model"], "assets.extra"), recursive: true);
        DemoImages.Write(folder["images"], 3);
        Directory.CreateDirectory(folder["out"]);
        var (service, http, grpc) = await ScoringProcess.ServeBoth(
            ["--model", $"stripes={folder["model"]}", "--state", folder["state"], "--input-root", folder["images"],
                "--output-root", folder["out"]]);
        await using (service)
        {
            string[] score = ["score", folder["images"], "--model", "stripes", "--json"];
            AssertSays(await ScoringProcess.RunBoth(0, [.. score, "--url", $"{http}"]), lines: 3);
            AssertSays(await ScoringProcess.RunBoth(0, [.. score, "--grpc", $"{grpc}"]), lines: 3);
            AssertSays(
                await ScoringProcess.RunBoth(
                    0, "rescore", "--model", "stripes", "--input", folder["images"], "--output",
                    Path.Combine(folder["out"], "all"), "--url", $"{http}", "--json"),
                lines: 1);
        }
    }

    private static void AssertSays((string Output, string Errors) said, int lines)
    {
        Assert.StartsWith(Note, Assert.Single(said.Errors.Split('\n')), StringComparison.Ordinal);
        var answers = said.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines, answers.Length);
        Assert.All(answers, answer => Assert.True(
            JsonDocument.Parse(answer).RootElement.GetProperty("assumed").GetBoolean()));
    }
}
