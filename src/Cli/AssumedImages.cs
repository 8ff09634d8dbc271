namespace ScoringCluster.Cli;

/// <summary>What a user has to know of scores whose preprocessing nobody stated.</summary>
internal static class AssumedImages
{
    public static string Note(string model) =>
        $"Model '{model}' has no scoring.json, so the usual is assumed: images are resized to its input and divided by "
            + "255 (not where it takes bytes), and its classes are called 0, 1, …";
}
