using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Tests.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Tests.Inputs;

public sealed class PathRootsTests
{
    [Fact]
    public void Check_WithoutRoots_NamesTheOption()
    {
        var fault = PathRoots.Check("/data", [], "Jobs:InputRoots");

        Assert.Equal(FaultKind.PathRefused, fault?.Kind);
        Assert.Contains("Jobs:InputRoots", fault?.Message);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("a/not yet there", true)]
    [InlineData("a/../..", false)]
    [InlineData("../in-disguise", false)]
    [InlineData("link", false)]
    [InlineData("link/deeper", false)]
    public void Check_OfAPath_AllowsWhatReallyLiesUnderARoot(string relative, bool allowed)
    {
        using var bench = new JobBench();
        bench.Write("a/1.png", "x");
        bench.Write("../in-disguise/1.png", "x");
        Directory.CreateSymbolicLink(Path.Combine(bench.Input, "link"), "../in-disguise");

        var fault = PathRoots.Check(Path.Join(bench.Input, relative), [bench.Input], "Jobs:InputRoots");

        Assert.Equal(allowed, fault is null);
    }

    [Fact]
    public void Check_OfAPathWithANul_RefusesItByName()
    {
        var fault = PathRoots.Check("/data/a\0b", ["/data"], "Jobs:InputRoots");

        Assert.Equal(FaultKind.PathRefused, fault?.Kind);
        Assert.Contains(@"'/data/a\0b'", fault?.Message);
    }

    [Fact]
    public void Check_OfARelativePath_Refuses() => Assert.NotNull(PathRoots.Check("data", ["/"], "Jobs:InputRoots"));
}
