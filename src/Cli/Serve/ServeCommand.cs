using System.CommandLine;
using System.Text.Json;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Cli.Serve;

/// <summary><c>scoring serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var options = new ServeOptions();
        var command = new Command("serve", "Serves models over HTTP and gRPC until SIGTERM or Ctrl-C.");
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            CommonOptions.RequireEngine(parsed.GetValue(options.Engine)!);
            return RunAsync(options.Read(parsed), parsed.GetValue(options.Json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServiceSettings settings, bool json, CancellationToken cancellationToken)
    {
        if (settings.Role == ClusterRole.Gateway && (settings.Repository is not null || settings.Named.Count > 0))
        {
            throw new CommandException(
                "A gateway loads no models: give --models and --model to silos.", ExitCodes.Usage);
        }

        ServiceHost started;
        try
        {
            started = await ServiceHost.StartAsync(settings, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // A service is asked to stop whenever it suits who runs it: no failure, also before it is ready.
            await Console.Error.WriteLineAsync(CommandRun.Interrupted);
            return ExitCodes.Ok;
        }

        await using var host = started;
        var ready = host.HttpUrl;
        if (!json && host.GrpcUrl is { } grpc)
        {
            await Console.Error.WriteLineAsync($"gRPC at {grpc}");
        }

        await Console.Out.WriteLineAsync(
            json ? JsonSerializer.Serialize(new { ready, grpc = host.GrpcUrl }) : $"ready {ready}");
        await host.WaitForStopAsync();
        return ExitCodes.Ok;
    }
}
