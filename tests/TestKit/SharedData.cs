namespace ScoringCluster.TestKit;

/// <summary>
/// Golden models, broken models, real images and tools that lie beside the project, or where SCORING_MODELS,
/// SCORING_BROKEN_MODELS and SCORING_DATA say; null where they do not. Tests that need them are skipped without.
/// </summary>
public static class SharedData
{
    public static string? Models { get; } = Find("SCORING_MODELS", "models");

    public static string? Data { get; } = Find("SCORING_DATA", "data");

    public static string? BrokenModels { get; } = Find("SCORING_BROKEN_MODELS", "models_broken");

    public static string? Tools { get; } = Find(null, "tools");

    /// <summary>What a skipped test says.</summary>
    public const string Missing =
        "the shared models and images are not beside the project (SCORING_MODELS, SCORING_DATA)";

    /// <summary>The project's own folder.</summary>
    public static string Root { get; } = FindRoot();

    private static string? Find(string? variable, string folder)
    {
#pragma warning disable RS0030 // Tests have no configuration of their own.
        var named = variable is null ? null : Environment.GetEnvironmentVariable(variable);
#pragma warning restore RS0030
        var path = named is { Length: > 0 } ? named
            : Path.GetFullPath(Path.Combine(FindRoot(), "..", "shared", folder));
        return Directory.Exists(path) ? path : null;
    }

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
