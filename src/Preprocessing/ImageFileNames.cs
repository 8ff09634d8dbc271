using System.Collections.Immutable;

namespace ScoringCluster.Preprocessing;

/// <summary>
/// Which files of a folder are meant as images, by their names; whether one is an image, its first bytes say. One list
/// for every place that walks folders.
/// </summary>
public static class ImageFileNames
{
    /// <summary>Extensions of the formats that are read, with their dots.</summary>
    public static ImmutableArray<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    public static bool IsImage(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
}
