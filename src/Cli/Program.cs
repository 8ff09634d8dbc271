using System.CommandLine;
using ScoringCluster.Cli;
using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Models;
using ScoringCluster.Cli.Rescore;
using ScoringCluster.Cli.Score;
using ScoringCluster.Cli.Serve;
using ScoringCluster.Cli.Verify;

using var interrupt = new Interrupt();
var root = new RootCommand("Serves TensorFlow SavedModels and rescores archives with them.")
{
    ServeCommand.Create(),
    ScoreCommand.Create(),
    RescoreCommand.Create(),
    new Command("model", "Looks at one SavedModel.") { InspectCommand.Create(), VerifyCommand.Create() },
    BenchCommand.Create(),
};
return await CommandRun.InvokeAsync(root, args, interrupt.Token);
