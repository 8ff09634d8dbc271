namespace ScoringCluster.Cli.Bench;

/// <summary>A call failed or answered wrongly: its numbers would mean nothing.</summary>
internal sealed class BenchFailedException(string message) : Exception(message);
