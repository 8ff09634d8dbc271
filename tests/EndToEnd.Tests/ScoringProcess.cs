using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>A built program, usually <c>scoring</c>, as a process of its own, as a user runs it.</summary>
internal sealed class ScoringProcess : IAsyncDisposable
{
    /// <summary>Nothing here takes this long on two cores; a test that waits longer says what it waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Task _errorsRead;
    private TaskCompletionSource _arrived = NewSignal();

    private ScoringProcess(Process process)
    {
        _process = process;
        _errorsRead = Task.Run(async () =>
        {
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                _errors.Enqueue(line);
                Interlocked.Exchange(ref _arrived, NewSignal()).SetResult();
            }
        });
    }

    /// <summary>What the program wrote to stderr so far.</summary>
    public string Errors => string.Join('\n', _errors);

    public int Id => _process.Id;

    public static ScoringProcess Start(
        IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        StartProgram(Program, arguments, environment);

    /// <param name="program">Of <see cref="ProgramOf"/>.</param>
    public static ScoringProcess StartProgram(
        string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ScoringProcess(Process.Start(start)!);
    }

    /// <summary>Starts <c>scoring serve</c> and waits for its line <c>ready URL</c>.</summary>
    public static async Task<(ScoringProcess Process, Uri Url)> Serve(
        IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var process = Start(["serve", "--http-port", "0", .. arguments], environment);
        try
        {
            var line = await process._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.StartsWith("ready http://127.0.0.1:", line ?? $"(ended) {process.Errors}", StringComparison.Ordinal);
            return (process, new Uri(line!["ready ".Length..] + "/"));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts <c>scoring serve --json</c> and waits for its line with both addresses.</summary>
    public static async Task<(ScoringProcess Process, Uri Http, Uri? Grpc)> ServeBoth(
        IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var process = Start(["serve", "--http-port", "0", "--json", .. arguments], environment);
        try
        {
            var line = await process._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.StartsWith("{\"ready\":", line ?? $"(ended) {process.Errors}", StringComparison.Ordinal);
            using var json = JsonDocument.Parse(line!);
            var grpc = json.RootElement.GetProperty("grpc").GetString();
            return (
                process,
                new Uri(json.RootElement.GetProperty("ready").GetString() + "/"),
                grpc is null ? null : new Uri(grpc));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs to the end: exit code and stdout; stderr is in the exception's message where the code
    /// differs.</summary>
    public static async Task<string> Run(int expectedCode, params string[] arguments) =>
        (await RunBoth(expectedCode, arguments)).Output;

    /// <summary>Runs to the end: exit code, stdout and stderr.</summary>
    public static async Task<(string Output, string Errors)> RunBoth(int expectedCode, params string[] arguments)
    {
        await using var process = Start(arguments);
        var output = await process._process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        var code = await process.WaitForExit();
        Assert.True(
            code == expectedCode,
                $"scoring {string.Join(' ', arguments)} ended with {code}:\n{output}\n{process.Errors}");
        return (output, process.Errors);
    }

    /// <summary>The rest of the line on stderr that has the text in it, once it is there.</summary>
    /// <param name="after">So many such lines are passed over.</param>
    public async Task<string> WaitForError(string text, int after = 0)
    {
        var line = await ErrorLine(text, after);
        return line[(line.IndexOf(text, StringComparison.Ordinal) + text.Length)..];
    }

    /// <summary>The first line of stderr that holds the text, once it is there.</summary>
    public async Task<string> ErrorLine(string part, int after = 0)
    {
        while (true)
        {
            var arrived = Volatile.Read(ref _arrived).Task;
            var lines = _errors.Where(line => line.Contains(part, StringComparison.Ordinal));
            if (lines.ElementAtOrDefault(after) is { } found)
            {
                return found;
            }

            await arrived.WaitAsync(Patience);
        }
    }

    public async Task<int> WaitForExit()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _errorsRead.WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop as an operator does, and waits for its end.</summary>
    public async Task<int> Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        return await WaitForExit();
    }

    public async Task Kill()
    {
        _process.Kill();
        await WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Kill();
        }

        _process.Dispose();
    }

    internal static string Program { get; } = ProgramOf("ScoringCluster.Cli", "scoring");

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The assembly of a project's program, built in the configuration of the tests.</summary>
    internal static string ProgramOf(string project, string assembly)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, $"{assembly}.dll"));
    }
}
