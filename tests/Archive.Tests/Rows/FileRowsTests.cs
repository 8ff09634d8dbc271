using ScoringCluster.Archive.Inputs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Archive.Tests.Jobs;

namespace ScoringCluster.Archive.Tests.Rows;

public sealed class FileRowsTests
{
    [Fact]
    public void Read_WhereTheSystemFails_ThrowsWhatItSays()
    {
        using var bench = new JobBench().WithFiles(1);
        using var files = new FileRows(bench.Input, path => throw new IOException($"too many open files: {path}"));

        var exception = Assert.Throws<IOException>(() => files.Read(new InputRow("a/0000.png", 7, 0), out _, out _));

        Assert.Contains("a/0000.png", exception.Message);
    }

    [Theory]
    [InlineData("a/none.png", "it is gone")]
    [InlineData("none/0000.png", "it is gone")]
    [InlineData("a/0000.png/below.png", "it is gone")]
    public void Read_OfWhatIsGone_IsTheRowsFault(string path, string message)
    {
        using var bench = new JobBench().WithFiles(1);
        using var files = new FileRows(bench.Input);

        Assert.Contains(message, files.Read(new InputRow(path, 7, 0), out _, out _)?.Message);
    }

    [Fact]
    public void Read_OfWhatIsDenied_IsTheRowsFault()
    {
        using var bench = new JobBench().WithFiles(1);
        using var files = new FileRows(bench.Input, _ => throw new UnauthorizedAccessException());

        Assert.Contains(
            "permission denied", files.Read(new InputRow("a/0000.png", 7, 0), out _, out _)?.Message);
    }
}
