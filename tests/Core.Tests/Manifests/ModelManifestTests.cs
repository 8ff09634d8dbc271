using System.Text;

namespace ScoringCluster.Core.Tests.Manifests;

public sealed class ModelManifestTests
{
    private const string Whole = """
        {"format":1,"task":"classification","classes":["benign","malignant","normal"],
         "input":{"kind":"image","tensor":"keras_tensor","height":128,"width":96,"channels":3,"resize":"area",
                  "scale":0.00392156862745098,"mean":[0.5,0.25,-1],"std":[1,2,0.5]},
         "output":{"tensor":"output_0","kind":"logits"},"threshold":null,
         "training":{"validation_accuracy":0.72},
         "baseline":{"bins":3,"histograms":{"benign":[1,2,3],"normal":[0.5,0,0]}}}
        """;

    private const string Table = """
        {"format":1,"classes":["no","yes"],"threshold":0.4,
         "input":{"kind":"table","columns":[{"name":"mean radius","tensor":"features","index":0},
                                            {"name":"mean texture","tensor":"features","index":1},
                                            {"name":"age","tensor":"age"}]}}
        """;

    [Fact]
    public void Parse_WholeManifest_ReadsEverything()
    {
        var manifest = ModelManifest.Parse(Whole);
        Assert.Equal(["benign", "malignant", "normal"], manifest.Classes);
        Assert.Equal(ManifestInputKind.Image, manifest.Input.Kind);
        Assert.Equal("keras_tensor", manifest.Input.Tensor);
        Assert.Equal((128, 96, 3), (manifest.Input.Height, manifest.Input.Width, manifest.Input.Channels));
        Assert.Equal(ResizeMethod.Area, manifest.Input.Resize);
        Assert.Equal(1 / 255.0, manifest.Input.Scale);
        Assert.Equal([0.5, 0.25, -1], manifest.Input.Mean);
        Assert.Equal([1, 2, 0.5], manifest.Input.Std);
        Assert.Equal(new ManifestOutput { Tensor = "output_0", Kind = ScoreKind.Logits }, manifest.Output);
        Assert.Null(manifest.Threshold);
        Assert.Equal(0.72, manifest.Training?.ValidationAccuracy);
        Assert.Equal([0.5, 0, 0], manifest.Baseline!.Histograms["normal"]);
        Assert.False(manifest.Assumed);
    }

    [Fact]
    public void Parse_LeastManifest_HasTheDefaults()
    {
        var manifest = ModelManifest.Parse(
            """{"format":1,"input":{"kind":"image","height":8,"width":8,"channels":1,"mean":null,"std":null}}""");
        Assert.Empty(manifest.Classes);
        Assert.Null(manifest.Input.Tensor);
        Assert.Equal(ResizeMethod.Bilinear, manifest.Input.Resize);
        Assert.Equal(1, manifest.Input.Scale);
        Assert.True(manifest.Input.Mean.IsDefault);
        Assert.True(manifest.Input.Std.IsDefault);
        Assert.Equal(ScoreKind.Probabilities, manifest.Output.Kind);
    }

    [Fact]
    public void Parse_Table_ReadsItsColumns()
    {
        var manifest = ModelManifest.Parse(Table);
        Assert.Equal(ManifestInputKind.Table, manifest.Input.Kind);
        Assert.Equal(new ManifestColumn("mean texture", "features", 1), manifest.Input.Columns[1]);
        Assert.Equal(new ManifestColumn("age", "age", 0), manifest.Input.Columns[2]);
        Assert.Equal(0.4, manifest.Threshold);
    }

    [Theory]
    [InlineData(Whole)]
    [InlineData(Table)]
    public void ToJson_ReadAgain_SaysTheSame(string json)
    {
        var written = ModelManifest.Parse(json).ToJson();
        Assert.Equal(written, ModelManifest.Parse(written).ToJson());
        Assert.Empty(Values(json).Except(Values(written)));

        static List<string> Values(string text) => [.. text.Split('"').Where((_, i) => i % 2 == 1)];
    }

    [Fact]
    public void Parse_ManyMistakes_ListsThemAllWithTheirPlaces()
    {
        var errors = Errors("""
            {"format":2,"task":"regression","classes":["a","a","",3],"colour":"red",
             "input":{"kind":"image","tensor":7,"height":0,"width":12.5,"channels":2,"resize":"cubic","scale":0,
                      "mean":[1],"std":[1,-1],"columns":[]},
             "output":{"kind":"scores"},"threshold":1.5,"training":{"epochs":3},
             "baseline":{"bins":2,"histograms":{"z":[1,2]}}}
            """);
        Assert.Equal(
            [
                "$.baseline.histograms.z", "$.classes[1]", "$.classes[2]", "$.classes[3]", "$.colour", "$.format",
                "$.input.channels", "$.input.columns", "$.input.height", "$.input.mean", "$.input.resize",
                "$.input.scale", "$.input.std[1]", "$.input.tensor", "$.input.width", "$.output.kind", "$.task",
                "$.threshold", "$.training.epochs",
            ],
            errors.Select(e => e.Split(": ")[0]).Order(StringComparer.Ordinal).Distinct());
    }

    [Theory]
    [InlineData("""{"format":1}""", "$.input: is missing")]
    [InlineData("""{"format":1,"input":null}""", "$.input: is missing")]
    [InlineData("""{"format":1,"input":[]}""", "$.input: expected an object, got an array of 0")]
    [InlineData("""{"format":1,"input":{}}""", "$.input.kind: is missing")]
    [InlineData("""{"format":1,"input":{"kind":"sound"}}""", "$.input.kind: 'sound' is none of image, table")]
    [InlineData("""{"format":1,"input":{"kind":"image","height":99999999999}}""",
        "$.input.height: expected a whole number from 1 to 16384, got 99999999999")]
    [InlineData("""{"format":1,"input":{"kind":"image","scale":1e999}}""",
        "$.input.scale: expected a number above 0, got 1e999")]
    [InlineData("""{"format":1,"format":1,"input":{}}""", "$.format: is there twice")]
    [InlineData("""{"format":"1","input":{}}""", "$.format: expected a whole number from 1 to 1, got text")]
    [InlineData("""{"format":1,"classes":["one"],"input":{}}""",
        "$.classes: a single class leaves nothing to choose: expected two or more")]
    [InlineData("""{"format":1,"classes":["a","b","c"],"threshold":0.5,"input":{}}""",
        "$.threshold: decides between two classes, and there are 3")]
    [InlineData("""{"format":1,"input":{"kind":"table"}}""", "$.input.columns: is missing")]
    [InlineData("""{"format":1,"input":{"kind":"table","height":1,"columns":[]}}""",
        "$.input.height: is not known here")]
    [InlineData("""{"input":{"kind":"table","columns":[{"name":"a","tensor":"x"},{"name":"b","tensor":"x"}]}}""",
        "$.input.columns[1].index: element 0 of 'x' is filled by two columns")]
    [InlineData("""{"input":{"kind":"table","columns":[{"name":"a","tensor":"x"},{"name":"a","tensor":"y"}]}}""",
        "$.input.columns[1].name: column 'a' is there twice")]
    [InlineData("""{"format":1,"input":{"kind":"table","columns":[{"tensor":"x","index":-1}]}}""",
        "$.input.columns[0].name: is missing")]
    [InlineData("""{"format":1,"classes":["a","b\u0007"],"input":{}}""", "$.classes[1]: holds control characters")]
    public void Parse_OneMistake_SaysWhereAndWhat(string json, string error) => Assert.Contains(error, Errors(json));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"format":1,}""")]
    [InlineData("""{"format":1 /* a comment */}""")]
    [InlineData("""{"format":1,"task":"\ud800"}""")]
    [InlineData("""{"format":1,"\udc00":1}""")]
    [InlineData("{\"format\":1,\"task\":\"\ud800\"}")]
    public void Parse_NoJsonObject_IsAManifestError(string json) => Assert.NotEmpty(Errors(json));

    [Fact]
    public void Parse_MoreMistakesThanAreListed_CountsTheRest()
    {
        var json = new StringBuilder("""{"format":1,"input":{"kind":"image","height":1,"width":1,"channels":1}""");
        for (var i = 0; i < 1_000; i++)
        {
            json.Append($",\"p{i}\":0");
        }

        var error = Assert.Throws<ManifestException>(() => ModelManifest.Parse(json.Append('}').ToString()));
        Assert.Equal(1_000, error.Errors.Count);
        Assert.EndsWith($"and {1_000 - Limits.ViolationsListedMax} more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TextBeyondTheLimit_IsRefusedUnread() =>
        Assert.Single(Errors(new string(' ', Limits.ManifestLengthMax + 1)));

    private static IReadOnlyList<string> Errors(string json) =>
        Assert.Throws<ManifestException>(() => ModelManifest.Parse(json)).Errors;
}
