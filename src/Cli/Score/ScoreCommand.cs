using System.CommandLine;
using System.Text.Json;

namespace ScoringCluster.Cli.Score;

/// <summary><c>scoring score</c>.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Images, or folders of images.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string>("--model") { Description = "Name of a served model.", Required = true };
        var url = new Option<string>("--url")
        {
            Description = "The service.",
            DefaultValueFactory = _ => ServiceClient.DefaultUrl,
        };
        var grpc = new Option<string?>("--grpc")
        {
            Description = "The service's gRPC address, http://127.0.0.1:8081: sends tensors there in place of files.",
        };
        var json = CommonOptions.Json();
        var command = new Command("score", "Scores images with a running service.") { files, model, url, grpc, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(model)!;
            using IScoreClient client = parsed.GetValue(grpc) is { } address
                ? new GrpcScoreClient(ServiceClient.Address(address, "--grpc").ToString(), name)
                : new HttpScoreClient(ServiceClient.Open(parsed.GetValue(url)!), name);
            return await RunAsync(
                client, name, ImageFiles.Expand(parsed.GetValue(files)!), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IScoreClient client, string model, IReadOnlyList<string> files, bool json, CancellationToken cancellationToken)
    {
        var width = files.Max(file => file.Length);
        var failed = 0;
        var said = false;
        await foreach (var score in client.ScoreAsync(files, cancellationToken))
        {
            if (client.Assumed && !said)
            {
                said = true;
                await Console.Error.WriteLineAsync(AssumedImages.Note(model));
            }

            failed += score.Error is null ? 0 : 1;
            await Console.Out.WriteLineAsync(json ? ToJson(score, client.Assumed) : ToLine(score, width));
        }

        if (failed > 0)
        {
            await Console.Error.WriteLineAsync($"{failed} of {files.Count} images could not be scored.");
        }

        return failed == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static string ToLine(ImageScore score, int width) => score.Error is { } error
        ? $"{score.File.PadRight(width)}  error: {error}"
        : $"{score.File.PadRight(width)}  {score.Class,-12}  "
            + $"{string.Join("  ", score.Probabilities.Select(p => $"{p.Name} {p.Probability:0.0000}"))}";

    private static string ToJson(ImageScore score, bool assumed)
    {
        var line = score.Error is { } error
            ? new Dictionary<string, object?> { ["file"] = score.File, ["error"] = error }
            : new Dictionary<string, object?>
            {
                ["file"] = score.File,
                ["class"] = score.Class,
                ["probabilities"] = score.Probabilities.ToDictionary(p => p.Name, p => p.Probability),
            };
        if (assumed)
        {
            line["assumed"] = true;
        }

        return JsonSerializer.Serialize(line);
    }
}
