using System.Collections.Immutable;
using System.Text.Json;

namespace ScoringCluster.Core;

/// <summary>Reads <c>scoring.json</c>.</summary>
internal static class ManifestParser
{
    public static ModelManifest Parse(string json)
    {
        if (json.Length > Limits.ManifestLengthMax)
        {
            throw new ManifestException($"$: it has {json.Length} characters, more than {Limits.ManifestLengthMax}");
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ManifestException("$: expected an object");
            }

            var errors = new List<string>();
            var manifest = Read(new ManifestObject("$", document.RootElement, errors));
            return errors.Count == 0 ? manifest : throw new ManifestException(errors);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // The latter two: halves of surrogate pairs, in the text itself or escaped.
            throw new ManifestException($"$: it is not JSON: {e.Message}");
        }
    }

    private static ModelManifest Read(ManifestObject root)
    {
        root.Integer("format", ModelManifest.Format, ModelManifest.Format);
        var task = root.Text("task") ?? ModelManifest.Classification;
        if (task != ModelManifest.Classification)
        {
            root.Error("task", $"'{task}' is not known; there is {ModelManifest.Classification}");
        }

        var classes = root.Texts("classes", Limits.ManifestClassesMax);
        if (classes.Length == 1)
        {
            root.Error("classes", "a single class leaves nothing to choose: expected two or more");
        }

        var manifest = new ModelManifest
        {
            Task = task,
            Classes = classes,
            Input = root.Object("input", required: true) is { } input
                ? ReadInput(input)
                : new ManifestInput { Kind = ManifestInputKind.Image },
            Output = root.Object("output") is { } output ? ReadOutput(output) : new ManifestOutput(),
            Threshold = root.Number("threshold", 0, 1),
            Training = root.Object("training") is { } training ? ReadTraining(training) : null,
            Baseline = root.Object("baseline") is { } baseline ? ReadBaseline(baseline, classes) : null,
        };
        if (manifest.Threshold is not null && classes.Length > 2)
        {
            root.Error("threshold", $"decides between two classes, and there are {classes.Length}");
        }

        root.Close();
        return manifest;
    }

    private static ManifestInput ReadInput(ManifestObject json)
    {
        var kind = json.Word<ManifestInputKind>("kind", null, ManifestWords.Of);
        var input = kind switch
        {
            ManifestInputKind.Image => ReadImage(json),
            ManifestInputKind.Table => ReadTable(json),
            _ => null,
        };
        if (input is not null)
        {
            json.Close();
        }

        return input ?? new ManifestInput { Kind = kind };
    }

    private static ManifestInput ReadImage(ManifestObject json)
    {
        var channels = json.Integer("channels", 1, 3);
        if (channels == 2)
        {
            json.Error("channels", "expected 1 (grey) or 3 (red, green, blue), got 2");
        }

        return new ManifestInput
        {
            Kind = ManifestInputKind.Image,
            Tensor = json.Text("tensor"),
            Height = json.Integer("height", 1, Limits.ManifestImageSideMax),
            Width = json.Integer("width", 1, Limits.ManifestImageSideMax),
            Channels = channels,
            Resize = json.Word<ResizeMethod>("resize", ResizeMethod.Bilinear, ManifestWords.Of),
            Scale = json.Number("scale", double.Epsilon, double.MaxValue) ?? 1,
            Mean = json.Numbers("mean", channels, double.MinValue, double.MaxValue),
            Std = json.Numbers("std", channels, double.Epsilon, double.MaxValue),
        };
    }

    private static ManifestInput ReadTable(ManifestObject json)
    {
        var columns = ImmutableArray.CreateBuilder<ManifestColumn>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new HashSet<(string, int)>();
        foreach (var item in json.Objects("columns", Limits.ManifestColumnsMax))
        {
            var column = new ManifestColumn(
                item.Text("name", required: true) ?? "",
                item.Text("tensor", required: true) ?? "",
                item.Integer("index", 0, int.MaxValue, 0));
            if (column.Name.Length > 0 && !names.Add(column.Name))
            {
                item.Error("name", $"column '{column.Name}' is there twice");
            }

            if (column.Tensor.Length > 0 && !places.Add((column.Tensor, column.Index)))
            {
                item.Error("index", $"element {column.Index} of '{column.Tensor}' is filled by two columns");
            }

            item.Close();
            columns.Add(column);
        }

        if (columns.Count == 0)
        {
            json.Error("columns", "expected at least one column");
        }

        return new ManifestInput { Kind = ManifestInputKind.Table, Columns = columns.ToImmutable() };
    }

    private static ManifestOutput ReadOutput(ManifestObject json)
    {
        var output = new ManifestOutput
        {
            Tensor = json.Text("tensor"),
            Kind = json.Word<ScoreKind>("kind", ScoreKind.Probabilities, ManifestWords.Of),
        };
        json.Close();
        return output;
    }

    private static ManifestTraining ReadTraining(ManifestObject json)
    {
        var training = new ManifestTraining { ValidationAccuracy = json.Number("validation_accuracy", 0, 1) };
        json.Close();
        return training;
    }

    private static ManifestBaseline ReadBaseline(ManifestObject json, ImmutableArray<string> classes)
    {
        var bins = json.Integer("bins", 1, Limits.ManifestBinsMax);
        var histograms = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<double>>(
            StringComparer.Ordinal);
        if (json.Object("histograms", required: true) is { } list)
        {
            foreach (var name in list.Names)
            {
                if (!classes.Contains(name))
                {
                    list.Error(name, "is none of the classes");
                }

                histograms[name] = list.Numbers(name, bins, 0, double.MaxValue);
            }
        }

        json.Close();
        return new ManifestBaseline { Bins = bins, Histograms = histograms.ToImmutable() };
    }
}
