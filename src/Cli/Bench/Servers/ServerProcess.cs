using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>This program once more, as a server in a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan _startMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _stopMax = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServerProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public string Name { get; }

    public CpuClock Clock => CpuClock.Of(Name, _process.Id);

    /// <summary>From the start of the process to its word that it is ready.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>When the process was started, on the clock of <see cref="Stopwatch"/>.</summary>
    public long Started { get; private init; }

    public Uri Http { get; private set; } = null!;

    /// <summary>Null where it has none.</summary>
    public Uri? Grpc { get; private set; }

    /// <summary>Starts the command and waits for the line of JSON that says where it listens.</summary>
    /// <exception cref="CommandException">It ended before, with what it said.</exception>
    public static async Task<ServerProcess> StartAsync(
        string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Started through the runtime's own program, this assembly is its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var started = Stopwatch.GetTimestamp();
        var server = new ServerProcess(name, Process.Start(start)!) { Started = started };
        try
        {
            await server.WaitUntilReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes() => ParseResidentBytes(
        File.ReadLines($"/proc/{_process.Id.ToString(CultureInfo.InvariantCulture)}/status"));

    /// <summary>The line <c>VmRSS</c>, which counts in KiB.</summary>
    internal static long ParseResidentBytes(IEnumerable<string> status)
    {
        var line = status.First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return 1024 * long.Parse(kibibytes, CultureInfo.InvariantCulture);
    }

    /// <summary>A yardstick ends with its input; a service is ended. Neither outlives the bench.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        using var late = new CancellationTokenSource(_stopMax);
        await _process.WaitForExitAsync(late.Token);
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(_startMax);
        var line = await _process.StandardOutput.ReadLineAsync(late.Token);
        ReadyAfter = Stopwatch.GetElapsedTime(Started);
        if (line is null)
        {
            throw new CommandException($"The server '{Name}' did not start: {await _errors.WaitAsync(late.Token)}");
        }

        using var ready = JsonDocument.Parse(line);
        Http = new Uri(ready.RootElement.GetProperty("ready").GetString()!);
        Grpc = ready.RootElement.TryGetProperty("grpc", out var grpc) && grpc.GetString() is { } url
            ? new Uri(url) : null;
    }
}
