using System.Text.RegularExpressions;

namespace ScoringCluster.Tidy.Tests;

/// <summary>The numbered steps of a request in docs/ARCHITECTURE.md are the numbered steps in the code.</summary>
public sealed partial class StepTests
{
    [Fact]
    public void Steps_OfTheDocument_StandInTheCodeAndNoOthers()
    {
        var documented = DocumentStep().Matches(Tree.Read("docs/ARCHITECTURE.md"))
            .Select(m => (Number: int.Parse(m.Groups[1].Value), Name: m.Groups[2].Value)).Distinct().ToList();
        var coded = Tree.Files("*.cs", "src")
            .SelectMany(file => CodeStep().Matches(Tree.Read(file))
                .Select(m => (Number: int.Parse(m.Groups[1].Value), Name: m.Groups[2].Value)))
            .Distinct().ToList();

        Assert.Equal(Enumerable.Range(1, 9), documented.Select(s => s.Number).Order());
        Assert.Equal(documented.OrderBy(s => s.Number), coded.OrderBy(s => s.Number));
    }

    [GeneratedRegex(@"^(\d+)\. \*\*(\w+)\*\*", RegexOptions.Multiline)]
    private static partial Regex DocumentStep();

    [GeneratedRegex(@"// :: Step (\d+): (\w+)")]
    private static partial Regex CodeStep();
}
