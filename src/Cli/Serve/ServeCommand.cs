using System.CommandLine;

namespace ScoringCluster.Cli.Serve;

/// <summary><c>scoring serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var models = CommonOptions.Models();
        var named = new Option<string[]>(
            "--model")
        {
            Description = "NAME=SAVED_MODEL_DIR, version 1 of NAME; may be repeated.",
            DefaultValueFactory = _ => []
        };
        var manifests =
            new Option<string[]>(
            "--manifest")
            {
                Description = "NAME=FILE, the scoring.json of NAME; may be repeated.",
                DefaultValueFactory = _ => []
            };
        var engine = CommonOptions.Engine();
        var port = new Option<int?>(
            "--http-port")
        { Description = "Port on the loopback interface, 0 for a free one (default 8080)." };
        var state = new Option<string?>("--state") { Description = "Folder for what outlives the process." };
        var inputs = new Option<string[]>(
            "--input-root")
        {
            Description = "Folder under which jobs may read; may be repeated.",
            DefaultValueFactory = _ => []
        };
        var outputs = new Option<string[]>(
            "--output-root")
        {
            Description = "Folder under which jobs may write; may be repeated.",
            DefaultValueFactory = _ => []
        };
        var json = CommonOptions.Json();
        var command = new Command("serve", "Serves models over HTTP until SIGTERM or Ctrl-C.")
        {
            models, named, manifests, engine, port, state, inputs, outputs, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            CommonOptions.RequireEngine(parsed.GetValue(engine)!);
            var pairs = CommonOptions.Pairs(parsed.GetValue(named)!, "--model").ToList();
            return RunAsync(
                new ServiceSettings
                {
                    Repository = parsed.GetValue(models),
                    Named = pairs,
                    Required = [.. pairs.Select(p => p.Name)],
                    Manifests = [.. CommonOptions.Pairs(parsed.GetValue(manifests)!, "--manifest")],
                    Engine = parsed.GetValue(engine),
                    HttpPort = parsed.GetValue(port),
                    State = parsed.GetValue(state),
                    InputRoots = parsed.GetValue(inputs)!,
                    OutputRoots = parsed.GetValue(outputs)!,
                },
                parsed.GetValue(json),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServiceSettings settings, bool json, CancellationToken cancellationToken)
    {
        if (settings.Repository is null && settings.Named.Count == 0)
        {
            throw new CommandException(
                "There is nothing to serve: give --model NAME=SAVED_MODEL_DIR or --models REPOSITORY.",
                ExitCodes.Usage);
        }

        await using var host = await ServiceHost.StartAsync(settings, cancellationToken);
        var url = host.Url.GetLeftPart(UriPartial.Authority);
        await Console.Out.WriteLineAsync(json ? $"{{\"ready\":\"{url}\"}}" : $"ready {url}");
        await host.WaitForStopAsync();
        return ExitCodes.Ok;
    }
}
