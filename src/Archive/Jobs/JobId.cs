using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ScoringCluster.Archive.Jobs;

/// <summary>
/// Names of jobs: given by the caller, or derived from what the job is, so that asking twice is one job.
/// </summary>
public static partial class JobId
{
    private const int DerivedDigits = 24;

    /// <summary>Letters, digits, dot, underscore and hyphen; begins with a letter or digit; up to 128.</summary>
    public static bool IsValid(string? text) => text is not null && Pattern().IsMatch(text);

    /// <param name="modelDigest">Digest of the model's files.</param>
    /// <param name="inputDigest">Digest of the list of inputs.</param>
    /// <param name="options">Everything else that decides what is written and where.</param>
    public static string Derive(string modelDigest, string inputDigest, params ReadOnlySpan<string> options)
    {
        var text = new StringBuilder().Append(modelDigest).Append('\0').Append(inputDigest);
        foreach (var option in options)
        {
            text.Append('\0').Append(option);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        return string.Concat("job-", hash.AsSpan(0, DerivedDigits));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex Pattern();
}
