using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Tests.Jobs;

namespace ScoringCluster.Archive.Tests.Inputs;

public sealed class ImageFolderArchiveTests
{
    [Fact]
    public void List_OfNestedFolders_IsInTheOrdinalOrderOfWholePaths()
    {
        using var bench = new JobBench();
        string[] paths =
        [
            "a.png", "a/b.png", "a/b/c.jpg", "a-b.bmp", "a0.webp", "B/x.PNG", "a/b.jpeg", "é.png", "z/y/x/w.png",
        ];
        Array.ForEach(paths, path => bench.Write(path, "x"));
        bench.Write("a/notes.txt", "not an image");
        bench.Write("a/tar.gz", "not an image");

        var listed = List(bench).Select(row => row.Path);

        Assert.Equal(paths.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void List_WithLinks_FollowsOnlyFilesOfTheArchive()
    {
        using var bench = new JobBench();
        bench.Write("a/1.png", "x");
        bench.Write("../outside/2.png", "x");
        var outside = Path.Combine(bench.Input, "../outside");
        File.CreateSymbolicLink(Path.Combine(bench.Input, "inner.png"), "a/1.png");
        File.CreateSymbolicLink(Path.Combine(bench.Input, "outer.png"), Path.Combine(outside, "2.png"));
        Directory.CreateSymbolicLink(Path.Combine(bench.Input, "loop"), bench.Input);
        Directory.CreateSymbolicLink(Path.Combine(bench.Input, "out"), outside);

        var archive = new ImageFolderArchive(bench.Input);
        var listed = archive.List(TestContext.Current.CancellationToken).ToArray();

        Assert.Equal(["a/1.png", "inner.png"], listed.Select(row => row.Path));
        Assert.Equal([1, 1], listed.Select(row => row.Size));
        Assert.Equal(3, archive.LinksSkipped);
    }

    private static InputRow[] List(JobBench bench) =>
        [.. new ImageFolderArchive(bench.Input).List(TestContext.Current.CancellationToken)];
}
