using System.CommandLine;
using System.Runtime.InteropServices;

namespace ScoringCluster.Cli.Bench;

/// <summary>A bench starts processes: asked to stop, it ends them before it ends.</summary>
internal static class BenchRun
{
    public static void SetAction(Command command, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        // Lines are always JSON; with the flag a failure is as well.
        command.Options.Add(CommonOptions.Json());
        command.SetAction(async (parsed, _) =>
        {
            using var stop = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            return await run(parsed, stop.Token);

            void Stop(PosixSignalContext signal)
            {
                signal.Cancel = true;
                stop.Cancel();
            }
        });
    }
}
