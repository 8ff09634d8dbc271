namespace ScoringCluster.Archive.Inputs;

/// <summary>Where a path really leads, every symbolic link on its way followed.</summary>
internal static class RealPath
{
    private const int LinksMax = 40;

    /// <summary>Components that do not exist are taken as they are.</summary>
    /// <exception cref="IOException">Too many links: a loop.</exception>
    public static string Of(string path)
    {
        var pending = new Stack<string>(Components(Path.GetFullPath(path)).Reverse());
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        var links = 0;
        while (pending.TryPop(out var component))
        {
            var next = Path.GetFullPath(Path.Combine(real, component));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > LinksMax)
            {
                throw new IOException($"'{path}' holds more than {LinksMax} symbolic links.");
            }

            var led = Path.GetFullPath(target, real);
            real = Path.GetPathRoot(led)!;
            foreach (var part in Components(led).Reverse())
            {
                pending.Push(part);
            }
        }

        return real;
    }

    /// <summary>True for the folder itself and all below it; both paths are real ones.</summary>
    public static bool IsUnder(string path, string folder) =>
        path == folder || path.StartsWith(
            Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    private static string[] Components(string fullPath) => fullPath[Path.GetPathRoot(fullPath)!.Length..]
        .Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
