using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ScoringCluster.Cli;

/// <summary>Options that several commands have, each with one spelling and one meaning.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Machine-readable output on stdout." };

    public static Option<string?> Models() =>
        new("--models") { Description = "Model repository: NAME/VERSION/saved_model.pb." };

    /// <summary>A port; the parser's own message for a wrong one names a type of .NET.</summary>
    /// <param name="min">0, or −1 where a port can be left out.</param>
    public static Option<int?> Port(string name, string description, int min = 0) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var port)
                && port >= min && port <= ushort.MaxValue)
            {
                return port;
            }

            result.AddError($"{name} '{text}' is no port: a whole number from {min} to {ushort.MaxValue}.");
            return null;
        },
    };

    public static Option<string> Engine() => Choice("--engine", "The engine.", "auto", "onnx", "tensorflow");

    /// <summary>One of some words, the first by default; the parser's own message for another names a type.</summary>
    public static Option<string> Choice(string name, string description, params string[] words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        DefaultValueFactory = _ => words[0],
        Validators = { result => Check(result, [result.GetValueOrDefault<string>()], words) },
    };

    /// <summary>Some of some words, all by default.</summary>
    public static Option<string[]> Choices(string name, string description, params string[] words) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', words),
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => words,
        Validators = { result => Check(result, result.GetValueOrDefault<string[]>() ?? [], words) },
    };

    /// <summary>
    /// The native engine is a later part of the product: asking for it says so rather than run another.
    /// </summary>
    public static void RequireEngine(string engine)
    {
        if (engine == "tensorflow")
        {
            throw new CommandException(
                "This build has no native engine, which --engine tensorflow needs; the embedded one is --engine onnx.");
        }
    }

    /// <summary><c>NAME=VALUE</c> pairs.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(IEnumerable<string> texts, string option) =>
        texts.Select(text => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new CommandException($"{option} '{text}' is not of the form NAME=PATH.", ExitCodes.Usage));

    private static void Check(OptionResult result, IEnumerable<string?> values, string[] words)
    {
        foreach (var value in values.Where(value => !words.Contains(value)))
        {
            result.AddError($"{result.Option.Name} '{value}' is none of {string.Join(", ", words)}.");
        }
    }
}
