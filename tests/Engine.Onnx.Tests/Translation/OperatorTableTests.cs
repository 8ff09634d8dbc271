using System.Text.RegularExpressions;
using ScoringCluster.Engine.Onnx.Translation;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Onnx.Tests.Translation;

public sealed class OperatorTableTests
{
    [Fact]
    public void Ops_EachHaveATestOfItsNumbers()
    {
        // The recipe for a new op asks for one, and nothing else would miss it.
        var folder = Path.Combine(
            SharedData.Root, "tests", "Engine.Onnx.Tests", "Translation", "Operators");
        var words = Directory.GetFiles(folder, "*Tests.cs")
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), @"\w+"))
            .Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(OperatorTable.Ops);
        Assert.Empty(OperatorTable.Ops.Except(words).Except(["Identity"]));
    }

    [Fact]
    public void Find_OpThatIsNotThere_IsNull() => Assert.Null(OperatorTable.Find("DecodeJpeg"));
}
