using ScoringCluster.Preprocessing;

namespace ScoringCluster.Cli;

/// <summary>Files and folders as a user names them.</summary>
internal static class ImageFiles
{
    /// <summary>Folders become their images, sorted.</summary>
    /// <exception cref="CommandException">Something is not there.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                    .Where(file => ImageFileNames.IsImage(file))
                    .Order(StringComparer.Ordinal));
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                throw new CommandException($"There is no file or folder '{path}'.", ExitCodes.Usage);
            }
        }

        return files.Count > 0 ? files
            : throw new CommandException("The folders named hold no images.", ExitCodes.Usage);
    }
}
