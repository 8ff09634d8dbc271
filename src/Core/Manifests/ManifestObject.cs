using System.Collections.Immutable;
using System.Text.Json;

namespace ScoringCluster.Core;

/// <summary>
/// One JSON object of a manifest: typed reads that note an error and go on, so that all errors are found in one pass,
/// and at the end every property that nothing asked for is one. A null counts as absent.
/// </summary>
internal sealed class ManifestObject
{
    private readonly string _path;
    private readonly List<string> _errors;
    private readonly Dictionary<string, JsonElement> _unread = new(StringComparer.Ordinal);

    public ManifestObject(string path, JsonElement element, List<string> errors)
    {
        _path = path;
        _errors = errors;
        foreach (var property in element.EnumerateObject())
        {
            if (!_unread.TryAdd(property.Name, property.Value))
            {
                Error(property.Name, "is there twice");
            }
        }
    }

    /// <summary>Names of the properties that were not read.</summary>
    public IReadOnlyCollection<string> Names => [.. _unread.Keys];

    public void Error(string name, string what) => _errors.Add($"{_path}.{name}: {what}");

    /// <summary>Ends the reading: what is left is unknown here.</summary>
    public void Close()
    {
        foreach (var name in _unread.Keys)
        {
            Error(name, "is not known here");
        }
    }

    public string? Text(string name, bool required = false)
    {
        if (!Take(name, required, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Error(name, $"expected text, got {Kind(value)}");
            return null;
        }

        var text = value.GetString()!;
        if (TextError(text) is { } error)
        {
            Error(name, error);
        }

        return text;
    }

    /// <summary>A value of an enum by its word; <paramref name="fallback"/> where absent, null: required.</summary>
    public T Word<T>(string name, T? fallback, Func<T, string> wordOf)
        where T : struct, Enum
    {
        if (Text(name, required: fallback is null) is { } text)
        {
            foreach (var candidate in Enum.GetValues<T>())
            {
                if (wordOf(candidate) == text)
                {
                    return candidate;
                }
            }

            Error(name, $"'{text}' is none of {string.Join(", ", Enum.GetValues<T>().Select(wordOf))}");
        }

        return fallback ?? default;
    }

    /// <summary>A whole number; <paramref name="fallback"/> where absent, null: required.</summary>
    public int Integer(string name, int min, int max, int? fallback = null)
    {
        if (!Take(name, fallback is null, out var value))
        {
            return fallback ?? min;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number)
            || number < min || number > max)
        {
            Error(name, $"expected a whole number from {min} to {max}, got {Kind(value)}");
            return min;
        }

        return number;
    }

    public double? Number(string name, double min, double max) =>
        Take(name, false, out var value) ? Number(name, value, min, max) : null;

    /// <summary>An array of numbers; default where absent.</summary>
    public ImmutableArray<double> Numbers(string name, int length, double min, double max)
    {
        if (!Take(name, false, out var value))
        {
            return default;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != length)
        {
            Error(name, $"expected an array of {length} numbers, got {Kind(value)}");
            return default;
        }

        return [.. value.EnumerateArray().Select((element, i) => Number($"{name}[{i}]", element, min, max))];
    }

    /// <summary>An array of distinct names; empty where absent.</summary>
    public ImmutableArray<string> Texts(string name, int max)
    {
        var elements = Elements(name, false, max);
        var texts = ImmutableArray.CreateBuilder<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < elements.Count; i++)
        {
            var text = elements[i].ValueKind == JsonValueKind.String ? elements[i].GetString()! : null;
            var error = text is null ? $"expected text, got {Kind(elements[i])}"
                : TextError(text) ?? (seen.Add(text) ? null : $"'{text}' is there twice");
            if (error is not null)
            {
                Error($"{name}[{i}]", error);
            }

            texts.Add(text ?? "");
        }

        return texts.ToImmutable();
    }

    public ManifestObject? Object(string name, bool required = false)
    {
        if (!Take(name, required, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new ManifestObject($"{_path}.{name}", value, _errors);
        }

        Error(name, $"expected an object, got {Kind(value)}");
        return null;
    }

    public IEnumerable<ManifestObject> Objects(string name, int max)
    {
        var elements = Elements(name, true, max);
        for (var i = 0; i < elements.Count; i++)
        {
            if (elements[i].ValueKind == JsonValueKind.Object)
            {
                yield return new ManifestObject($"{_path}.{name}[{i}]", elements[i], _errors);
            }
            else
            {
                Error($"{name}[{i}]", $"expected an object, got {Kind(elements[i])}");
            }
        }
    }

    private List<JsonElement> Elements(string name, bool required, int max)
    {
        if (!Take(name, required, out var value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > max)
        {
            Error(name, $"expected an array of at most {max}, got {Kind(value)}");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    private double Number(string name, JsonElement value, double min, double max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            && number >= min && number <= max)
        {
            return number;
        }

        Error(name, $"expected a number {Range(min, max)}, got {Kind(value)}");
        return double.NaN;
    }

    private bool Take(string name, bool required, out JsonElement value)
    {
        if (_unread.Remove(name, out value) && value.ValueKind != JsonValueKind.Null)
        {
            return true;
        }

        if (required)
        {
            Error(name, "is missing");
        }

        return false;
    }

    private static string Range(double min, double max) => (min, max) switch
    {
        (double.Epsilon, double.MaxValue) => "above 0",
        (double.MinValue, double.MaxValue) => "of ordinary size",
        (_, double.MaxValue) => $"from {min}",
        _ => $"from {min} to {max}",
    };

    private static string? TextError(string text) => text switch
    {
        "" => "is empty",
        { Length: > Limits.ManifestNameLengthMax } => $"is longer than {Limits.ManifestNameLengthMax} characters",
        _ => text.Any(char.IsControl) ? "holds control characters" : null,
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Short(value.GetRawText()),
        JsonValueKind.String => "text",
        JsonValueKind.Array => $"an array of {value.GetArrayLength()}",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "nothing",
    };

    private static string Short(string text) => text.Length > 32 ? text[..32] + "…" : text;
}
