using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>One version of a model: <c>name@version</c>.</summary>
/// <param name="Name">Letters, digits, dot, underscore and hyphen; begins with a letter or digit; up to 128.</param>
/// <param name="Version">Positive.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.ModelRef")]
public readonly partial record struct ModelRef([property: Id(0)] string Name, [property: Id(1)] int Version)
{
    public static bool IsName(string? text) => text is not null && NamePattern().IsMatch(text);

    /// <summary>A version folder's name: a positive integer without leading zeros.</summary>
    public static bool TryParseVersion(string text, out int version)
    {
        version = 0;
        return text.Length > 0 && text[0] is >= '1' and <= '9'
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out ModelRef model)
    {
        model = default;
        var at = text?.LastIndexOf('@') ?? -1;
        if (at < 0 || !IsName(text![..at]) || !TryParseVersion(text[(at + 1)..], out var version))
        {
            return false;
        }

        model = new ModelRef(text[..at], version);
        return true;
    }

    public override string ToString() => $"{Name}@{Version}";

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex NamePattern();
}
