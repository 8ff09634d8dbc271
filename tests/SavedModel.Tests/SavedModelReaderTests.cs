using System.Text.Json;
using System.Text.RegularExpressions;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.TestKit;

namespace ScoringCluster.SavedModel.Tests;

/// <summary>The reader on SavedModels that TensorFlow wrote, and on broken ones.</summary>
public sealed class SavedModelReaderTests
{
    /// <summary>Saved by another library without any signature: rebuilt from Keras metadata later.</summary>
    private static readonly string[] _withoutSignatures = ["tfnet_style_functional", "tfnet_style_sequential"];

    public static TheoryData<string> Cases => [.. Folders(SharedData.Models, "case.json").Except(_withoutSignatures)];

    public static TheoryData<string> BrokenCases => [.. Folders(SharedData.BrokenModels, "expected.json")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_GoldenModel_ListsItsSignaturesAndFlattensThem(string name)
    {
        SkipWithoutShared(name);
        var folder = Path.Combine(SharedData.Models!, name);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "case.json")));
        var tags = document.RootElement.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!).ToList();

        var reader = SavedModelReader.Open(folder, tags);

        foreach (var expected in document.RootElement.GetProperty("signatures").EnumerateObject())
        {
            var signature = Assert.Single(reader.Signatures, s => s.Name == expected.Name);
            Assert.Equal(Specs(expected.Value.GetProperty("inputs")), signature.Inputs.Select(Text));
            Assert.Equal(Specs(expected.Value.GetProperty("outputs")), signature.Outputs.Select(Text));
            if (document.RootElement.GetProperty("embedded").GetString() == "must")
            {
                var graph = reader.Flatten(signature.Name);
                Assert.Equal(signature.Outputs.Length, graph.Outputs.Count);
                Assert.All(graph.Outputs, output => Assert.Contains(output.Source.Node, graph.Nodes));
                Assert.DoesNotContain(
                    graph.Nodes, node => node.Op.Contains("PartitionedCall", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [MemberData(nameof(BrokenCases))]
    public void Open_BrokenModel_SaysWhatIsWrongAndWhere(string name)
    {
        SkipWithoutShared(name);
        var folder = Path.Combine(SharedData.BrokenModels!, name);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var expected = document.RootElement;

        var error = Record.Exception(() =>
        {
            var reader = SavedModelReader.Open(Path.Combine(folder, "saved_model"));
            foreach (var signature in reader.Signatures)
            {
                reader.Flatten(signature.Name);
            }
        });

        // Good models with bad calls, ops and assets are for the engine to judge.
        string[] beyondReading = ["asset_missing", "asset_path_traversal", "unknown_op"];
        if (expected.GetProperty("when").GetString() == "call" || beyondReading.Contains(name)
            || (error is null && expected.TryGetProperty("may_load", out var may) && may.GetBoolean()))
        {
            Assert.True(error is null or SavedModelException, error?.ToString());
            return;
        }

        var told = Assert.IsType<SavedModelException>(error);
        Assert.All(
            expected.GetProperty("must_say").EnumerateArray(),
            pattern => Assert.Matches(new Regex(pattern.GetString()!, RegexOptions.IgnoreCase), told.Message));
    }

    [Fact]
    public void BuiltInOpDefs_KnowEveryOpOfTensorFlow()
    {
        Assert.InRange(OpDefTable.BuiltInCount, 1_700, 2_500);
        var norm = new OpDefTable(null).Find("FusedBatchNormV3")!;
        Assert.True(norm.Attr.Single(a => a.Name == "is_training").DefaultValue.B);
        Assert.Equal(1e-4f, norm.Attr.Single(a => a.Name == "epsilon").DefaultValue.F);
    }

    private static void SkipWithoutShared(string name)
    {
        if (name.Length == 0)
        {
            Assert.Skip(SharedData.Missing);
        }
    }

    /// <summary>One empty name where the folder is missing, so that the theory shows as skipped rather than
    /// absent.</summary>
    private static IEnumerable<string> Folders(string? parent, string marker) => parent is null
        ? [""]
        : Directory.GetDirectories(parent).Where(folder => File.Exists(Path.Combine(folder, marker)))
            .Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Specs(JsonElement tensors) => tensors.EnumerateArray()
        .Select(t => $"{t.GetProperty("name").GetString()} {t.GetProperty("dtype").GetString()} "
            + (t.GetProperty("shape").ValueKind == JsonValueKind.Null ? "unknown"
                : t.GetProperty("shape").GetRawText().Replace(" ", "").Replace("\n", "")))
        .Order(StringComparer.Ordinal);

    private static string Text(TensorSpec spec) => $"{spec.Name} {spec.Type.ProtocolName()} {spec.Shape}";
}
