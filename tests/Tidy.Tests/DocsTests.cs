using System.Text.RegularExpressions;

namespace ScoringCluster.Tidy.Tests;

/// <summary>What the pages name exists, and the project speaks of itself alone.</summary>
public sealed partial class DocsTests
{
    private static readonly string[] _text =
        ["*.cs", "*.md", "*.sh", "*.csproj", "*.props", "*.proto", "*.json", "*.yaml"];

    [Fact]
    public void Links_OfThePages_LeadToFiles() =>
        Assert.Empty(Tree.Files("*.md").SelectMany(page => Link().Matches(Tree.Read(page))
            .Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Tree.Root, Path.GetDirectoryName(page)!, target)))
            .Select(target => $"{page} → {target}")));

    [Fact]
    public void Decisions_OfTheFolder_AreListedInTheArchitecture()
    {
        var page = Tree.Read("docs/ARCHITECTURE.md");
        var decisions = Tree.Files("*.md", "docs/decisions").Select(file => file["docs/".Length..]).ToList();
        Assert.NotEmpty(decisions);
        var list = page[page.IndexOf("## Decisions", StringComparison.Ordinal)..];
        Assert.Empty(decisions.Where(file => !list.Contains($"]({file})", StringComparison.Ordinal)));
    }

    [Fact]
    public void Readme_IsAtMost150Lines() => Assert.InRange(Tree.Lines("README.md").Length, 1, 150);

    [Fact]
    public void Files_HoldNoMachinePath()
    {
        // Paths of one machine in code or pages break on every other.
        var found = _text.SelectMany(pattern => Tree.Files(pattern))
            .Where(file => !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal))
            .Where(file => MachinePath().IsMatch(Tree.Read(file)));
        Assert.Empty(found);
    }

    [Fact]
    public void Code_HoldsNoUnfinishedWork() =>
        Assert.Empty(Tree.Files("*.cs", "src", "tests", "samples", "bench")
            .Where(file => !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal))
            .SelectMany(file => Tree.Lines(file).Select((line, i) => (line, at: $"{file}:{i + 1}")))
            .Where(x => Unfinished().IsMatch(x.line))
            .Select(x => x.at));

    [Fact]
    public void Tests_NeverSleep() =>
        Assert.Empty(Tree.Files("*.cs", "tests")
            .Where(file => !file.StartsWith("tests/Tidy.Tests/", StringComparison.Ordinal))
            .Where(file => Sleeping().IsMatch(Tree.Read(file))));

    [Fact]
    public void Folders_AreNamedForFeatures()
    {
        string[] kinds = ["Helpers", "Utils", "Common", "Services", "Interfaces", "Extensions", "Misc"];
        Assert.Empty(Tree.Files("*.cs", "src", "tests").Where(file => file.Split('/').Intersect(kinds).Any()));
    }

    [Fact]
    public void TelemetryNames_OfTheCode_AreOnThePage()
    {
        var page = Tree.Read("docs/TELEMETRY.md");
        var names = TelemetryName().Matches(Tree.Read("src/Core/Telemetry/TelemetryNames.cs"))
            .Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(names);
        Assert.Empty(names.Where(name => !page.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(^|[^A-Za-z0-9_.-])/(work|farm|root|home)/[a-z]|nuget\.org/v3")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|Assert\.True\(true\)|Skip *= *""")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"Thread\.Sleep|Task\.Delay")]
    private static partial Regex Sleeping();

    [GeneratedRegex("\"(scoring\\.[a-z._]+)\"")]
    private static partial Regex TelemetryName();
}
