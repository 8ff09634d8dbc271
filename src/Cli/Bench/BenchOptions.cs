using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ScoringCluster.Cli.Bench;

/// <summary>Options that the benches share. Each has a limit: a bench always ends.</summary>
internal static class BenchOptions
{
    private const double SecondsMax = 600;
    private const int PairsMax = 100;

    /// <summary>Less than this measures nothing.</summary>
    private const double SecondsMin = 0.1;

    public static Option<string> Model() => new("--model")
    {
        Description = "The SavedModel folder.",
        Required = true,
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<string>() is { } folder && !Directory.Exists(folder))
                {
                    result.AddError($"--model '{folder}' is no folder.");
                }
            },
        },
    };

    public static Option<string?> Signature() =>
        new("--signature") { Description = "Its signature (default: the one of a call that names none)." };

    /// <summary>Of one measurement.</summary>
    public static Option<double> Measured(double value) =>
        Seconds("--seconds", "Seconds of one measurement", value, SecondsMin);

    /// <summary>Of calls that are measured.</summary>
    public static Option<double> Load(double value) => Seconds("--load", "Seconds of load", value, SecondsMin);

    public static Option<double> Seconds(string name, string description, double value, double min = 0) =>
        InRange(name, $"{description}.", value, min, SecondsMax);

    public static Option<int> Pairs(int value) =>
        InRange("--pairs", "How often bench and yardstick take turns.", value, 1, PairsMax);

    /// <summary>A whole number, from 1 unless 0 means none.</summary>
    public static Option<int> Number(string name, string description, int value, int max, int min = 1) =>
        InRange(name, $"{description}, at most {max}.", value, min, max);

    /// <summary>Several whole numbers from 1.</summary>
    public static Option<int[]> Numbers(string name, string description, int[] values, int max) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => values,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, name, token.Value, 1, max))],
    };

    /// <summary>The parser's own message for what is no number names a type of .NET, or is a stack trace.</summary>
    private static Option<T> InRange<T>(string name, string description, T value, T min, T max)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => value,
            CustomParser = result => Parse(result, name, result.Tokens.Single().Value, min, max),
        };

    private static T Parse<T>(ArgumentResult result, string name, string text, T min, T max)
        where T : struct, INumber<T>
    {
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} {text} is not within {min} to {max}."));
        return default;
    }
}
