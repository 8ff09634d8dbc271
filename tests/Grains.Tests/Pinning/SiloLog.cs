using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ScoringCluster.Grains.Tests.Pinning;

/// <summary>What the silos of a cluster log, where a test reads it.</summary>
public sealed class SiloLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, LogLevel Level, string Message)> _lines = new();

    /// <summary>Placements that the resilience library below Orleans tried again; the caller waits each time.</summary>
    public int Retries => _lines.Count(line =>
        line.Category == "Polly" && line.Message.Contains("'OnRetry'", StringComparison.Ordinal));

    public IReadOnlyList<string> Errors =>
        [.. _lines.Where(line => line.Level >= LogLevel.Error).Select(line => $"{line.Category}: {line.Message}")];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // Lines are kept: tests read them after the silos have gone.
    }

    private sealed class Logger(SiloLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log._lines.Enqueue((category, logLevel, $"{formatter(state, exception)} {exception}"));
            }
        }
    }
}
