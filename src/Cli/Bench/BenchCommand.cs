using System.CommandLine;
using ScoringCluster.Cli.Bench.Servers;
using ScoringCluster.Cli.Bench.Simulated;

namespace ScoringCluster.Cli.Bench;

/// <summary><c>scoring bench</c>: every number beside a yardstick that was measured in the same minutes.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Measures against yardsticks of the same run.")
    {
        EngineBench.Create(), GatewayBench.Create(), StartBench.Create(),
        BatchingBench.Create(), LanesBench.Create(), SlotsBench.Create(), ScaleBench.Create(), OverloadBench.Create(),
        FloorCommand.Create(), EchoCommand.Create(),
    };
}
