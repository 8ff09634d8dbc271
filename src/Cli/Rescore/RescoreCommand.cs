using System.CommandLine;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Cli.Serve;

namespace ScoringCluster.Cli.Rescore;

/// <summary><c>scoring rescore</c>.</summary>
internal static class RescoreCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model")
        {
            Description = "NAME of a model, or NAME=SAVED_MODEL_DIR.",
            Required = true,
        };
        var models = CommonOptions.Models();
        var manifest = new Option<string?>("--manifest") { Description = "The model's scoring.json." };
        var input = new Option<string>("--input")
        {
            Description = "Folder of images, read recursively.",
            Required = true,
        };
        var output = new Option<string>("--output")
        {
            Description = "Folder that holds this one job.",
            Required = true,
        };
        var job = new Option<string?>("--job")
        {
            Description = "The job's id; otherwise it follows from model, inputs and options.",
        };
        var deterministic = CommonOptions.Choice(
            "--deterministic", "Fixed batches, so that a rerun writes the same bytes; false: may fill online batches.",
            "true", "false");
        var url = new Option<string?>("--url")
        {
            Description = "A running service; otherwise this command hosts one for the job.",
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "rescore", "Scores a folder of images into Parquet; the same command resumes an interrupted job.")
        {
            model, models, manifest, input, output, job, deterministic, url, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var text = parsed.GetValue(model)!;
            var (name, folder) = text.Contains('=', StringComparison.Ordinal)
                ? ((string, string?))CommonOptions.Pairs([text], "--model").Single()
                : (text, null);
            var ask = new JobAsk(
                name,
                Path.GetFullPath(parsed.GetValue(input)!),
                Path.GetFullPath(parsed.GetValue(output)!),
                parsed.GetValue(job),
                parsed.GetValue(deterministic) == "true",
                parsed.GetValue(json));
            return parsed.GetValue(url) is { } service
                ? RunAsync(service, ask, cancellationToken)
                : HostAsync(ask, folder, parsed.GetValue(models), parsed.GetValue(manifest), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(string url, JobAsk ask, CancellationToken cancellationToken)
    {
        using var http = ServiceClient.Open(url);
        var run = new JobRun(http, ask);
        try
        {
            return await run.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InterruptedException(run.Id is { } id
                ? $"{CommandRun.Interrupted} The service goes on with job {id}; the same command waits for its end."
                : $"{CommandRun.Interrupted} The service has not said whether it takes the job.");
        }
    }

    /// <summary>A service for this job alone.</summary>
    private static async Task<int> HostAsync(
        JobAsk ask, string? folder, string? repository, string? manifest, CancellationToken cancellationToken)
    {
        if (folder is null && repository is null)
        {
            throw new CommandException(
                $"Where is model '{ask.Model}'? "
                    + $"Give --model {ask.Model}=SAVED_MODEL_DIR, --models REPOSITORY or --url.",
                ExitCodes.Usage);
        }

        if (!Directory.Exists(ask.Input))
        {
            throw new CommandException($"--input '{ask.Input}' is no folder.", ExitCodes.Usage);
        }

        using var state = PassingState.Create();
        try
        {
            await using var host = await ServiceHost.StartAsync(
                new ServiceSettings
                {
                    Repository = repository,
                    Named = folder is null ? [] : [(ask.Model, folder)],
                    Manifests = manifest is null ? [] : [(ask.Model, manifest)],
                    Required = [ask.Model],
                    InputRoots = [ask.Input],
                    OutputRoots = [ask.Output],
                    HttpPort = 0,
                    GrpcPort = -1,
                    Quiet = true,
                    State = state.Folder,
                },
                cancellationToken);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.Stopping);
            using var http = ServiceClient.Open(host.HttpUrl);
            return await new JobRun(http, ask).RunAsync(stop.Token);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Said when the service is gone: until then it may still have planned the job.
            throw new InterruptedException(File.Exists(new JobFolder(ask.Output).JobFile)
                ? $"{CommandRun.Interrupted} What is committed stays in {ask.Output}; the same command does the rest."
                : $"{CommandRun.Interrupted} No job was begun in {ask.Output}.");
        }
    }
}

/// <summary>What the user asks for; paths are absolute.</summary>
internal sealed record JobAsk(string Model, string Input, string Output, string? JobId, bool Deterministic, bool Json);
