using System.Text.Json;

namespace ScoringCluster.Core;

/// <summary>Reads <c>scoring.json</c> and collects everything that is wrong with it.</summary>
internal sealed class ManifestParser
{
    private const int SideMax = 16_384;

    private static readonly Dictionary<string, ResizeMethod> _resizes = new()
    {
        ["bilinear"] = ResizeMethod.Bilinear,
        ["nearest"] = ResizeMethod.Nearest,
        ["area"] = ResizeMethod.Area,
    };

    private static readonly Dictionary<string, OutputKind> _kinds = new()
    {
        ["probabilities"] = OutputKind.Probabilities,
        ["logits"] = OutputKind.Logits,
    };

    private readonly List<string> _problems = [];

    public static string Name(ResizeMethod method) => _resizes.First(r => r.Value == method).Key;

    public static string Name(OutputKind kind) => _kinds.First(k => k.Value == kind).Key;

    public ModelManifest Parse(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new ManifestException([$"The manifest is not JSON: {e.Message}"]);
        }

        using (document)
        {
            var manifest = Read(document.RootElement);
            return _problems.Count == 0 ? manifest! : throw new ManifestException(_problems);
        }
    }

    private ModelManifest? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            _problems.Add("$: an object is expected");
            return null;
        }

        Unknown(root, "$", "format", "task", "classes", "input", "output", "threshold", "training", "baseline");
        if (Number(root, "format", "$") is not ModelManifest.Format)
        {
            _problems.Add($"$.format: {ModelManifest.Format} is expected");
        }

        if (Text(root, "task", "$", required: false) is { } task && task != "classification")
        {
            _problems.Add($"$.task: 'classification' is expected, got '{task}'");
        }

        return new ModelManifest
        {
            Classes = Classes(root),
            Input = Child(root, "input") is { } input ? Input(input) : new ManifestInput { Tensor = "", Height = 1, Width = 1, Channels = 1 },
            Output = Child(root, "output") is { } output ? Output(output) : new ManifestOutput("", OutputKind.Probabilities),
            Threshold = root.TryGetProperty("threshold", out var threshold) && threshold.ValueKind != JsonValueKind.Null
                ? Number(root, "threshold", "$", 0, 1)
                : null,
        };
    }

    private List<string> Classes(JsonElement root)
    {
        if (!root.TryGetProperty("classes", out var classes) || classes.ValueKind != JsonValueKind.Array
            || classes.EnumerateArray().Any(c => c.ValueKind != JsonValueKind.String))
        {
            _problems.Add("$.classes: an array of names is expected");
            return [];
        }

        var names = classes.EnumerateArray().Select(c => c.GetString()!).ToList();
        if (names.Count == 0 || names.Distinct().Count() != names.Count || names.Contains(""))
        {
            _problems.Add("$.classes: at least one name is expected, none empty, none twice");
        }

        return names;
    }

    private ManifestInput Input(JsonElement input)
    {
        const string at = "$.input";
        Unknown(input, at, "kind", "tensor", "height", "width", "channels", "resize", "scale", "mean", "std");
        if (Text(input, "kind", at) is { } kind && kind != "image")
        {
            _problems.Add($"{at}.kind: 'image' is expected, got '{kind}'");
        }

        var channels = (int)(Number(input, "channels", at, 1, 3) ?? 1);
        if (channels == 2)
        {
            _problems.Add($"{at}.channels: 1 or 3 is expected, got 2");
        }

        return new ManifestInput
        {
            Tensor = Text(input, "tensor", at) ?? "",
            Height = (int)(Whole(input, "height", at) ?? 1),
            Width = (int)(Whole(input, "width", at) ?? 1),
            Channels = channels,
            Resize = Choice(input, "resize", at, _resizes),
            Scale = input.TryGetProperty("scale", out _) ? Number(input, "scale", at) ?? 1 : 1,
            Mean = Numbers(input, "mean", at, channels),
            Std = Numbers(input, "std", at, channels),
        };
    }

    private ManifestOutput Output(JsonElement output)
    {
        const string at = "$.output";
        Unknown(output, at, "tensor", "kind");
        return new ManifestOutput(Text(output, "tensor", at) ?? "", Choice(output, "kind", at, _kinds));
    }

    private JsonElement? Child(JsonElement root, string name)
    {
        if (root.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object)
        {
            return child;
        }

        _problems.Add($"$.{name}: an object is expected");
        return null;
    }

    private void Unknown(JsonElement element, string at, params ReadOnlySpan<string> known)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                _problems.Add($"{at}.{property.Name}: there is no such property");
            }
        }
    }

    private string? Text(JsonElement element, string name, string at, bool required = true)
    {
        if (element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        if (required || value.ValueKind != JsonValueKind.Undefined)
        {
            _problems.Add($"{at}.{name}: a text is expected");
        }

        return null;
    }

    private double? Whole(JsonElement element, string name, string at)
    {
        var value = Number(element, name, at, 1, SideMax);
        if (value is { } number && number != Math.Floor(number))
        {
            _problems.Add($"{at}.{name}: a whole number is expected, got {number}");
        }

        return value;
    }

    private double? Number(JsonElement element, string name, string at, double min = double.MinValue, double max = double.MaxValue)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Number)
        {
            _problems.Add($"{at}.{name}: a number is expected");
            return null;
        }

        var number = value.GetDouble();
        if (number < min || number > max)
        {
            _problems.Add($"{at}.{name}: {min} to {max} is expected, got {number}");
        }

        return number;
    }

    private double[]? Numbers(JsonElement element, string name, string at, int count)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != count
            || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.Number))
        {
            _problems.Add($"{at}.{name}: null or {count} numbers are expected, one a channel");
            return null;
        }

        double[] numbers = [.. value.EnumerateArray().Select(v => v.GetDouble())];
        if (name == "std" && numbers.Contains(0))
        {
            _problems.Add($"{at}.{name}: values other than zero are expected");
        }

        return numbers;
    }

    private T Choice<T>(JsonElement element, string name, string at, Dictionary<string, T> choices)
        where T : struct
    {
        if (Text(element, name, at) is { } text && !choices.ContainsKey(text))
        {
            _problems.Add($"{at}.{name}: one of {string.Join(", ", choices.Keys)} is expected, got '{text}'");
            return default;
        }

        return element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? choices.GetValueOrDefault(value.GetString()!)
            : default;
    }
}
