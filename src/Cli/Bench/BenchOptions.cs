using System.CommandLine;
using System.CommandLine.Parsing;

namespace ScoringCluster.Cli.Bench;

/// <summary>Options that the benches share. Each has a limit: a bench always ends.</summary>
internal static class BenchOptions
{
    private const double SecondsMax = 600;
    private const int PairsMax = 100;

    public static Option<string> Model() =>
        new("--model") { Description = "The SavedModel folder.", Required = true };

    public static Option<string?> Signature() =>
        new("--signature") { Description = "Its signature (default: the one of a call that names none)." };

    /// <summary>Of one measurement.</summary>
    public static Option<double> Seconds(string name, string description, double value) => new(name)
    {
        Description = $"{description}.",
        DefaultValueFactory = _ => value,
        Validators = { result => Check<double>(result, v => v is >= 0 and <= SecondsMax, $"0 to {SecondsMax}") },
    };

    public static Option<int> Pairs(int value) => new("--pairs")
    {
        Description = "How often bench and yardstick take turns.",
        DefaultValueFactory = _ => value,
        Validators = { result => Check<int>(result, v => v is >= 1 and <= PairsMax, $"1 to {PairsMax}") },
    };

    /// <summary>A whole number from 1.</summary>
    public static Option<int> Number(string name, string description, int value, int max) => new(name)
    {
        Description = $"{description}, at most {max}.",
        DefaultValueFactory = _ => value,
        Validators = { result => Check<int>(result, v => v >= 1 && v <= max, $"1 to {max}") },
    };

    /// <summary>Each of several whole numbers is within the range.</summary>
    public static Action<OptionResult> Within(string name, int min, int max) => result =>
    {
        foreach (var value in result.GetValueOrDefault<int[]>() ?? [])
        {
            if (value < min || value > max)
            {
                result.AddError($"{name} {value} is not within {min} to {max}.");
            }
        }
    };

    private static void Check<T>(OptionResult result, Func<T, bool> isRight, string range)
        where T : struct
    {
        if (result.GetValueOrDefault<T>() is var value && !isRight(value))
        {
            result.AddError($"{result.Option.Name} {value} is not within {range}.");
        }
    }
}
