using System.CommandLine;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>A yardstick of <c>bench gateway</c>: the least that a model server can be.</summary>
internal static class FloorCommand
{
    public const string Name = "floor-server";

    public static Command Create()
    {
        var model = BenchOptions.Model();
        var signature = BenchOptions.Signature();
        var command = new Command(
            Name, "A yardstick: Kestrel, a pooled buffer, ONNX Runtime, nothing else.") { model, signature };
        command.Hidden = true;
        BenchRun.SetAction(command, async (parsed, cancellationToken) =>
        {
            using var floor = new FloorServer(
                BenchModel.Open(parsed.GetValue(model)!, parsed.GetValue(signature)), Environment.ProcessorCount);
            return await YardstickHost.RunAsync(
                floor.HandleAsync, services => FloorGrpcService.Add(services, floor), FloorGrpcService.Map,
                cancellationToken);
        });
        return command;
    }
}
