using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.Options;
using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Serve;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.Cli;

/// <summary>Runs a command and turns what goes wrong into one sentence on stderr and an exit code.</summary>
internal static class CommandRun
{
    public const string Interrupted = "Interrupted.";

    /// <param name="interrupted">Ends the command when the user does.</param>
    public static async Task<int> InvokeAsync(
        RootCommand root, string[] args, CancellationToken interrupted = default)
    {
        var parsed = root.Parse(args);
        var json = args.Contains("--json");
        if (parsed.Errors.Count > 0)
        {
            return await FailAsync(json, Usage(parsed, args), ExitCodes.Usage);
        }

        try
        {
            // A service may take longer to stop than the parser would wait.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                interrupted);
        }
        catch (Exception e) when (Explain(e, interrupted.IsCancellationRequested) is { } explained)
        {
            return await FailAsync(json, explained.Message, explained.ExitCode);
        }
    }

    /// <summary>One sentence on stderr; a program that reads JSON finds it on stdout as well.</summary>
    private static async Task<int> FailAsync(bool json, string message, int exitCode)
    {
        await Console.Error.WriteLineAsync(message);
        if (json)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new { error = message }));
        }

        return exitCode;
    }

    private static string Usage(ParseResult parsed, string[] args)
    {
        // The parser's own sentence for a command that does not exist is about one that is missing.
        var unknown = parsed.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-'));
        var path = Path(parsed.CommandResult);
        var what = parsed.CommandResult.Command.Subcommands.Count == 0
            ? string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message))
            : unknown is not null ? $"There is no command '{path} {unknown}'."
            : args.Length == 0 ? "A command is needed."
            : string.Join(Environment.NewLine, parsed.Errors.Select(error => error.Message));
        return $"{what}{Environment.NewLine}See {path} --help.";
    }

    private static string Path(CommandResult result) => result.Parent is CommandResult parent
        ? $"{Path(parent)} {result.Command.Name}"
        : "scoring";

    /// <summary>What a command that is cut off says of its own is about being cut off.</summary>
    private static (string Message, int ExitCode)? Explain(Exception exception, bool interrupted) =>
        Explain(exception) is not { } explained ? null
            : interrupted && exception is not InterruptedException ? (Interrupted, ExitCodes.Failed)
            : explained;

    private static (string Message, int ExitCode)? Explain(Exception exception) => exception switch
    {
        CommandException e => (e.Message, e.ExitCode),
        BenchFailedException e => (e.Message, ExitCodes.Failed),
        OptionsValidationException e =>
            (string.Join(Environment.NewLine, e.Failures.Select(FlagNames.Add)), ExitCodes.Usage),
        StateFolderException e => (e.Message, ExitCodes.Failed),
        HttpRequestException e => ($"The service does not answer: {e.Message}", ExitCodes.Failed),
        RpcException e => ($"The service answers {e.StatusCode}: {e.Status.Detail}", ExitCodes.Failed),
        IOException or UnauthorizedAccessException => (exception.Message, ExitCodes.Failed),
        InterruptedException e => (e.Message, ExitCodes.Failed),
        OperationCanceledException { InnerException: TimeoutException } =>
            ("The service does not answer in time.", ExitCodes.Failed),
        OperationCanceledException => (Interrupted, ExitCodes.Failed),
        _ => null,
    };
}
