using System.CommandLine;
using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Models;
using ScoringCluster.Cli.Rescore;
using ScoringCluster.Cli.Score;
using ScoringCluster.Cli.Serve;
using ScoringCluster.Cli.Verify;

namespace ScoringCluster.Cli.Tests;

/// <summary>Runs commands in this process with stderr caught; tests that do so run one after the other.</summary>
internal static class Commands
{
    public const string Collection = "stderr";

    public static Task<(int Code, string Error)> RunAsync(params string[] arguments) =>
        RunUntilAsync(arguments, CancellationToken.None);

    public static Task<(int Code, string Error)> RunUntilAsync(
        string[] arguments, CancellationToken interrupted) =>
        RunUntilAsync(Root(), arguments, interrupted);

    public static RootCommand Root() =>
    [
        ServeCommand.Create(),
        ScoreCommand.Create(),
        RescoreCommand.Create(),
        new Command("model") { InspectCommand.Create(), VerifyCommand.Create() },
        BenchCommand.Create(),
    ];

    public static async Task<(int Code, string Error)> RunUntilAsync(
        RootCommand root, string[] arguments, CancellationToken interrupted)
    {
        var before = Console.Error;
        using var caught = new StringWriter();
        Console.SetError(caught);
        try
        {
            return (await CommandRun.InvokeAsync(root, arguments, interrupted), caught.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
