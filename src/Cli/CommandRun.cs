using System.CommandLine;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using ScoringCluster.Cli.Bench;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.Cli;

/// <summary>Runs a command and turns what goes wrong into one sentence on stderr and an exit code.</summary>
internal static class CommandRun
{
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            var command = string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(2));
            await Console.Error.WriteLineAsync($"See scoring {command} --help.");
            return ExitCodes.Usage;
        }

        try
        {
            // The host handles signals itself, and a service may take longer to stop than the parser would wait.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception e) when (Explain(e) is { } explained)
        {
            await Console.Error.WriteLineAsync(explained.Message);
            return explained.ExitCode;
        }
    }

    private static (string Message, int ExitCode)? Explain(Exception exception) => exception switch
    {
        CommandException e => (e.Message, e.ExitCode),
        BenchFailedException e => (e.Message, ExitCodes.Failed),
        OptionsValidationException e => (string.Join(Environment.NewLine, e.Failures), ExitCodes.Usage),
        StateFolderException e => (e.Message, ExitCodes.Failed),
        HttpRequestException e => ($"The service does not answer: {e.Message}", ExitCodes.Failed),
        IOException { InnerException: { InnerException: SocketException } or SocketException } e =>
            (e.Message, ExitCodes.Failed),
        OperationCanceledException => ("Interrupted.", ExitCodes.Failed),
        _ => null,
    };
}
