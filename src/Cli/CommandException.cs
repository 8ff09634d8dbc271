namespace ScoringCluster.Cli;

/// <summary>A command cannot go on; the message is all that the user needs.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
