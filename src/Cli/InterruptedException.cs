namespace ScoringCluster.Cli;

/// <summary>The user stopped the command, and there is more to say than that.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);
