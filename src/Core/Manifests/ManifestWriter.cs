using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ScoringCluster.Core;

/// <summary>Writes <c>scoring.json</c>.</summary>
internal static class ManifestWriter
{
    // Class names in any script stay readable; the file is no HTML.
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(ModelManifest manifest)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            json.WriteNumber("format", ModelManifest.Format);
            json.WriteString("task", manifest.Task);
            WriteTexts(json, "classes", manifest.Classes);
            WriteInput(json, manifest.Input);
            json.WriteStartObject("output");
            json.WriteString("tensor", manifest.Output.Tensor);
            json.WriteString("kind", ManifestWords.Of(manifest.Output.Kind));
            json.WriteEndObject();
            WriteNumber(json, "threshold", manifest.Threshold);
            WriteTraining(json, manifest.Training);
            WriteBaseline(json, manifest.Baseline);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteInput(Utf8JsonWriter json, ManifestInput input)
    {
        json.WriteStartObject("input");
        json.WriteString("kind", ManifestWords.Of(input.Kind));
        if (input.Kind == ManifestInputKind.Table)
        {
            json.WriteStartArray("columns");
            foreach (var column in input.Columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("tensor", column.Tensor);
                json.WriteNumber("index", column.Index);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteString("tensor", input.Tensor);
            json.WriteNumber("height", input.Height);
            json.WriteNumber("width", input.Width);
            json.WriteNumber("channels", input.Channels);
            json.WriteString("resize", ManifestWords.Of(input.Resize));
            json.WriteNumber("scale", input.Scale);
            WriteNumbers(json, "mean", input.Mean);
            WriteNumbers(json, "std", input.Std);
        }

        json.WriteEndObject();
    }

    private static void WriteTraining(Utf8JsonWriter json, ManifestTraining? training)
    {
        if (training is not null)
        {
            json.WriteStartObject("training");
            WriteNumber(json, "validation_accuracy", training.ValidationAccuracy);
            json.WriteEndObject();
        }
    }

    private static void WriteBaseline(Utf8JsonWriter json, ManifestBaseline? baseline)
    {
        if (baseline is not null)
        {
            json.WriteStartObject("baseline");
            json.WriteNumber("bins", baseline.Bins);
            json.WriteStartObject("histograms");
            foreach (var (name, bins) in baseline.Histograms)
            {
                WriteNumbers(json, name, bins);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ImmutableArray<double> values)
    {
        if (values.IsDefault)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
