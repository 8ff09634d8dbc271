using System.Text.Json;
using Parquet;
using Parquet.Schema;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Cli.Rescore;

namespace ScoringCluster.Cli.Tests.Rescore;

public sealed class JobReportTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cli-").FullName;

    private string Output => Path.Combine(_root, "out");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_WithBadRows_SayWhereTheErrorsLieAndTheFirstThree()
    {
        var errors = Directory.CreateDirectory(Path.Combine(Output, "errors")).FullName;
        await WriteErrorsAsync(Path.Combine(errors, "part-00000.parquet"), ["a.png", "b.png"]);
        await WriteErrorsAsync(Path.Combine(errors, "part-00002.parquet"), ["c.png", "d.png"]);

        var lines = await JobReport.LinesAsync(Job(scored: 6, bad: 4), Output, Cancellation);

        Assert.Equal(
            ["rows      10 (6 scored, 4 bad)", $"errors    {errors}", "          a.png: a.png is empty",
                "          b.png: b.png is empty", "          c.png: c.png is empty", $"results   {Output}"],
            lines.Skip(1));
    }

    [Fact]
    public async Task Lines_WithSkippedFiles_CountThemAndNameTheirTypes()
    {
        var input = Directory.CreateDirectory(Path.Combine(_root, "in")).FullName;
        foreach (var name in (string[])["a.png", "b.gif", "c.csv", "d.TXT", "e.txt"])
        {
            await File.WriteAllTextAsync(Path.Combine(input, name), "x", Cancellation);
        }

        var plan = await new JobPlanner(TimeProvider.System).PlanAsync(
            new JobFolder(Output),
            new JobSpec
            {
                Model = "m@1",
                ModelDigest = "d",
                Signature = "s",
                Manifest = "{}",
                Input = input,
                ShardRows = 1,
                BatchRows = 1,
                Execution = new("fake", "1", "any", 1, 1),
            },
            Cancellation);

        var lines = await JobReport.LinesAsync(Job(scored: 2, bad: 0), Output, Cancellation);

        Assert.Equal(2, plan.Pins!.Rows);
        Assert.Contains("skipped   3 files that are no images (.csv, .txt)", lines);
    }

    [Fact]
    public async Task Lines_OfAnOutputOnAnotherMachine_SayWhatTheServiceSays()
    {
        var lines = await JobReport.LinesAsync(Job(scored: 9, bad: 1), Output, Cancellation);

        Assert.Equal(
            ["job       night succeeded", "rows      10 (9 scored, 1 bad)",
                $"errors    {Path.Combine(Output, "errors")}", $"results   {Output}"],
            lines);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static JsonElement Job(int scored, int bad) => JsonSerializer.SerializeToElement(new
    {
        jobId = "night",
        state = "succeeded",
        rows = scored + bad,
        rowsScored = scored,
        rowsBad = bad,
        rowsPerSecond = 0,
    });

    private static async Task WriteErrorsAsync(string path, string[] names)
    {
        var schema = new ParquetSchema(
            new DataField("path", typeof(string), isNullable: false),
            new DataField("fault", typeof(string), isNullable: false),
            new DataField("message", typeof(string), isNullable: false));
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: Cancellation);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(schema.DataFields[0], names);
        await group.WriteAsync(schema.DataFields[1], Array.ConvertAll(names, _ => "InputUnreadable"));
        await group.WriteAsync(schema.DataFields[2], Array.ConvertAll(names, name => $"{name} is empty"));
        group.CompleteValidate();
    }
}
