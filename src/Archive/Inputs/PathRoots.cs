using ScoringCluster.Core;

namespace ScoringCluster.Archive.Inputs;

/// <summary>Paths that callers name must lie under configured roots, where they really lead.</summary>
public static class PathRoots
{
    /// <param name="option">The option that holds the roots, for the message.</param>
    /// <returns>Null where the path is allowed.</returns>
    public static ScoringFault? Check(string path, IReadOnlyCollection<string> roots, string option)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return Refused($"'{path.Replace("\0", @"\0", StringComparison.Ordinal)}' is refused: a path holds no NUL");
        }

        if (roots.Count == 0)
        {
            return Refused($"'{path}' is refused: {option} is not set, so no folder may be named");
        }

        if (!Path.IsPathFullyQualified(path))
        {
            return Refused($"'{path}' is refused: a path must be absolute");
        }

        try
        {
            var real = RealPath.Of(path);
            return roots.Any(root => RealPath.IsUnder(real, RealPath.Of(root)))
                ? null
                : Refused($"'{path}' is refused: it lies under no folder of {option}");
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Refused($"'{path}' is refused: {exception.Message}");
        }
    }

    private static ScoringFault Refused(string message) => new(FaultKind.PathRefused, message);
}
