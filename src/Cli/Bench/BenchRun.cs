using System.CommandLine;

namespace ScoringCluster.Cli.Bench;

/// <summary>What all benches have.</summary>
internal static class BenchRun
{
    public static void SetAction(Command command, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        // Lines are always JSON; with the flag a failure is as well.
        command.Options.Add(CommonOptions.Json());
        command.SetAction(run);
    }
}
