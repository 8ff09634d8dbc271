using System.Net.Http.Json;
using System.Text.Json;
using Spectre.Console;

namespace ScoringCluster.Cli.Rescore;

/// <summary>Asks a service for a job, shows how far it is, and says how it ended.</summary>
internal sealed class JobRun(HttpClient http, JobAsk ask)
{
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);

    /// <summary>The job's id, once the service has taken it.</summary>
    public string? Id { get; private set; }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var job = await SubmitAsync(cancellationToken);
            Id = job.GetProperty("jobId").GetString();
            if (job.TryGetProperty("assumed", out var assumed) && assumed.GetBoolean())
            {
                await Console.Error.WriteLineAsync(AssumedImages.Note(ask.Model));
            }

            job = Console.IsErrorRedirected || ask.Json ? await FollowAsync(job, _ => { }, cancellationToken)
                : await ShowAsync(job, cancellationToken);
            await ReportAsync(job, cancellationToken);
            return State(job) == "succeeded" ? ExitCodes.Ok : ExitCodes.Failed;
        }
        catch (HttpRequestException e) when (cancellationToken.IsCancellationRequested)
        {
            // A service of this process's own ends with it.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private async Task<JsonElement> SubmitAsync(CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsJsonAsync(
            "api/jobs",
            new
            {
                model = ask.Model,
                input = ask.Input,
                output = ask.Output,
                id = ask.JobId,
                deterministic = ask.Deterministic,
            },
            cancellationToken);
        return await ReadAsync(answer, cancellationToken);
    }

    private async Task<JsonElement> FollowAsync(
        JsonElement job, Action<JsonElement> show, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_poll);
        var path = $"api/jobs/{Uri.EscapeDataString(job.GetProperty("jobId").GetString()!)}";
        while (State(job) == "running")
        {
            show(job);
            await timer.WaitForNextTickAsync(cancellationToken);
            using var answer = await http.GetAsync(path, cancellationToken);
            job = await ReadAsync(answer, cancellationToken);
        }

        return job;
    }

    /// <summary>A bar on the terminal's error stream; stdout stays for the result.</summary>
    private Task<JsonElement> ShowAsync(JsonElement job, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask("rows", maxValue: 1);
            return await FollowAsync(job, now =>
            {
                bar.MaxValue = Math.Max(1, Number(now, "rows"));
                bar.Value = Number(now, "rowsScored") + Number(now, "rowsBad");
            }, cancellationToken);
        });
    }

    private async Task ReportAsync(JsonElement job, CancellationToken cancellationToken)
    {
        if (ask.Json)
        {
            await Console.Out.WriteLineAsync(job.GetRawText());
            return;
        }

        foreach (var line in await JobReport.LinesAsync(job, ask.Output, cancellationToken))
        {
            await Console.Out.WriteLineAsync(line);
        }
    }

    private static string State(JsonElement job) => job.GetProperty("state").GetString()!;

    private static double Number(JsonElement job, string name) => job.GetProperty(name).GetDouble();

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var body = await ServiceClient.ReadJsonAsync(answer, cancellationToken);
        return answer.IsSuccessStatusCode
            ? body
            : throw new CommandException(
                body.TryGetProperty("error", out var error) ? error.GetString()!
                : $"The service answered with {(int)answer.StatusCode}.");
    }
}
