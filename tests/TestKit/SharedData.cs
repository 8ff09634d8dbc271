namespace ScoringCluster.TestKit;

/// <summary>
/// Where the test data that is not part of the project lies: golden models, broken models, images. Each is null where
/// it is not present, and a test that needs it skips.
/// </summary>
public static class SharedData
{
    /// <summary>The folder of golden models: SCORING_MODELS, else <c>../shared/models</c> beside the project.</summary>
    public static string? Models { get; } = Find("SCORING_MODELS", "models");

    /// <summary>The folder of images and tables: SCORING_DATA, else <c>../shared/data</c> beside the project.</summary>
    public static string? Data { get; } = Find("SCORING_DATA", "data");

    /// <summary>Models that must be refused: SCORING_BROKEN_MODELS, else <c>../shared/models_broken</c>.</summary>
    public static string? BrokenModels { get; } = Find("SCORING_BROKEN_MODELS", "models_broken");

    private static string? Find(string variable, string folder)
    {
#pragma warning disable RS0030 // Tests have no host whose configuration would cover the environment.
        var given = Environment.GetEnvironmentVariable(variable);
#pragma warning restore RS0030
        if (!string.IsNullOrEmpty(given))
        {
            return Directory.Exists(given)
                ? Path.GetFullPath(given)
                : throw new DirectoryNotFoundException($"{variable} names '{given}', which is not a folder.");
        }

        for (var place = new DirectoryInfo(AppContext.BaseDirectory); place is not null; place = place.Parent)
        {
            // A project checked out one folder deeper (a work tree) still finds the data of its neighbours.
            if (File.Exists(Path.Combine(place.FullName, "ScoringCluster.sln")))
            {
                return Beside(place.Parent, folder) ?? Beside(place.Parent?.Parent, folder);
            }
        }

        return null;
    }

    private static string? Beside(DirectoryInfo? parent, string folder)
    {
        if (parent is null)
        {
            return null;
        }

        var path = Path.Combine(parent.FullName, "shared", folder);
        return Directory.Exists(path) ? path : null;
    }
}
