namespace ScoringCluster.Core;

/// <summary>
/// A manifest is malformed or does not fit the model. The message holds every error; each begins with the JSON path
/// of what is wrong (<c>$.input.height: …</c>).
/// </summary>
public sealed class ManifestException : Exception
{
    public ManifestException(string error)
        : this([error])
    {
    }

    public ManifestException(IReadOnlyList<string> errors)
        : base(Join(errors)) => Errors = errors;

    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<string> Errors { get; }

    private static string Join(IReadOnlyList<string> errors)
    {
        var listed = string.Join("; ", errors.Take(Limits.ViolationsListedMax));
        var more = errors.Count - Limits.ViolationsListedMax;
        return "The model's manifest is not usable: " + (more > 0 ? $"{listed}; and {more} more" : listed);
    }
}
