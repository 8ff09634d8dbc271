using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Cli.Serve;

/// <summary>
/// The console's log without what the command says itself: models that cannot be loaded end a start with the reasons.
/// Those lines are held until the service is ready, and are its log's then.
/// </summary>
internal sealed class StartConsole(IServiceProvider services) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "start";

    private readonly Lock _gate = new();
    private readonly Lazy<ConsoleFormatter> _lines = new(() => services.GetServices<ConsoleFormatter>()
        .First(formatter => formatter.Name == ConsoleFormatterNames.Simple));
    private List<string>? _held = [];

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        // A defect is only found by its stack, which no command says.
        if (logEntry is { LogLevel: LogLevel.Error, Exception: null }
            && logEntry.Category == typeof(ReplicaHost).FullName)
        {
            lock (_gate)
            {
                if (_held is not null)
                {
                    using var line = new StringWriter();
                    _lines.Value.Write(logEntry, scopeProvider, line);
                    _held.Add(line.ToString());
                    return;
                }
            }
        }

        _lines.Value.Write(logEntry, scopeProvider, textWriter);
    }

    public void Release()
    {
        lock (_gate)
        {
            _held?.ForEach(Console.Error.Write);
            _held = null;
        }
    }
}
