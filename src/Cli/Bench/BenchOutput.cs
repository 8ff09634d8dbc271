namespace ScoringCluster.Cli.Bench;

/// <summary>Lines of JSON on stdout, a table for people on stderr, both as they come.</summary>
internal static class BenchOutput
{
    public static async Task WriteAsync(BenchLine line)
    {
        await Console.Out.WriteLineAsync(line.ToJson());
        await Console.Error.WriteLineAsync(line.ToText());
    }

    public static Task SayAsync(string text) => Console.Error.WriteLineAsync(text);
}
