namespace ScoringCluster.Tidy.Tests;

/// <summary>The files of the project as they lie on disk; what builds and runs write is left out.</summary>
internal static class Tree
{
    /// <summary>As in .gitignore: the demo's results name the machine's folders, and tests may follow a demo.</summary>
    private static readonly string[] _written = ["artifacts/", "demo-output/", "state/", ".git/"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<string> Files(string pattern, params string[] folders) =>
        [.. (folders.Length == 0 ? [""] : folders)
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !Array.Exists(_written, folder => path.StartsWith(folder, StringComparison.Ordinal))
                && !path.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    public static string[] Lines(string relative) => File.ReadAllLines(Path.Combine(Root, relative));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ScoringCluster.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("ScoringCluster.sln is in no folder above the tests.");
    }
}
