using System.Runtime.InteropServices;

namespace ScoringCluster.Cli;

/// <summary>
/// Ctrl-C and SIGTERM as a token, from the program's first line on: every command ends by itself and says so. A second
/// Ctrl-C is left to the system, which ends a command that takes too long.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interrupt()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
    }

    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _asked.Dispose();
    }

    private void Ask(PosixSignalContext signal)
    {
        signal.Cancel = signal.Signal == PosixSignal.SIGTERM || !_asked.IsCancellationRequested;
        _ = _asked.CancelAsync();
    }
}
