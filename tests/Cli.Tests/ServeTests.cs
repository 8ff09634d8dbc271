using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using ScoringCluster.Cli.Serve;
using ScoringCluster.Engine.Hosting;

namespace ScoringCluster.Cli.Tests;

/// <summary>What a service that starts says on stderr.</summary>
[Collection(Commands.Collection)]
public sealed class ServeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cli-").FullName;

    [Fact]
    public async Task Serve_AModelThatCannotBeLoaded_SaysTheReasonOnce()
    {
        var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(model, "saved_model.pb"), "x", TestContext.Current.CancellationToken);

        var (code, error) = await Commands.RunAsync(
            "serve", "--model", $"a={model}", "--http-port", "0", "--state", Path.Combine(_folder, "state"));

        Assert.Equal(ExitCodes.Failed, code);
        Assert.StartsWith(
            "a@1: ", Assert.Single(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void Lines_OfLoadsThatFailed_AreHeldUntilTheServiceIsReady()
    {
        using var services = new ServiceCollection().AddLogging(logging => logging
            .AddSimpleConsole().AddConsoleFormatter<StartConsole, ConsoleFormatterOptions>()).BuildServiceProvider();
        var console = services.GetServices<ConsoleFormatter>().OfType<StartConsole>().Single();
        using var early = new StringWriter();
        console.Write(Line("first"), null, early);

        var released = Release(console);
        using var late = new StringWriter();
        console.Write(Line("second"), null, late);

        Assert.Empty(early.ToString());
        Assert.Contains("first", released, StringComparison.Ordinal);
        Assert.Contains("second", late.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LogEntry<string> Line(string text) =>
        new(LogLevel.Error, typeof(ReplicaHost).FullName!, default, text, null, (state, _) => state);

    private static string Release(StartConsole console)
    {
        var before = Console.Error;
        using var caught = new StringWriter();
        Console.SetError(caught);
        try
        {
            console.Release();
            return caught.ToString();
        }
        finally
        {
            Console.SetError(before);
        }
    }
}
