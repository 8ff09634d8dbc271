using System.Text.Json;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Where two manifests differ, field by field: <c>input.height 128 → 50</c>.</summary>
internal static class ManifestDifferences
{
    private const int FieldsMax = 8;
    private const int ValueLengthMax = 60;
    private const string None = "none";

    public static string Describe(string pinned, string asked)
    {
        if (Fields(pinned) is not { } before || Fields(asked) is not { } after)
        {
            return "another text, one of the two no JSON";
        }

        var differences = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Select(field =>
                (field, from: before.GetValueOrDefault(field, None), to: after.GetValueOrDefault(field, None)))
            .Where(x => x.from != x.to)
            .Select(x => $"{x.field} {Short(x.from)} → {Short(x.to)}")
            .ToList();
        return differences.Count == 0
            ? "the same fields in another order or spelling"
            : string.Join(", ", differences.Take(FieldsMax))
                + (differences.Count > FieldsMax ? $" and {differences.Count - FieldsMax} more" : "");
    }

    private static Dictionary<string, string>? Fields(string manifest)
    {
        try
        {
            using var document = JsonDocument.Parse(manifest);
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            Add(document.RootElement, "", fields);
            return fields;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A list of values is compared value by value; an empty object or list is a value.</summary>
    private static void Add(JsonElement value, string path, Dictionary<string, string> fields)
    {
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any())
        {
            foreach (var property in value.EnumerateObject())
            {
                Add(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", fields);
            }
        }
        else if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                Add(item, $"{path}[{index++}]", fields);
            }
        }
        else
        {
            fields[path] = value.GetRawText();
        }
    }

    private static string Short(string value) =>
        value.Length <= ValueLengthMax ? value : string.Concat(value.AsSpan(0, ValueLengthMax), "…");
}
