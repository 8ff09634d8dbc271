using ScoringCluster.Cli.Rescore;

namespace ScoringCluster.Cli.Tests.Rescore;

public sealed class PassingStateTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("cli-").FullName;

    [Fact]
    public void RemoveLost_FoldersOfDeadProcesses_RemovesThemAlone()
    {
        var old = TimeProvider.System.GetUtcNow().UtcDateTime - TimeSpan.FromHours(1);
        string[] names =
            ["scoring-rescore-dead", "scoring-rescore-bare", "scoring-rescore-alive", "scoring-rescore-new", "other"];
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }

        File.WriteAllText(Path.Combine(_root, "scoring-rescore-dead", "lock"), "");
        Directory.CreateDirectory(Path.Combine(_root, "scoring-rescore-dead", "grains", "jobs"));
        using var held = new FileStream(
            Path.Combine(_root, "scoring-rescore-alive", "lock"), FileMode.Create, FileAccess.ReadWrite,
            FileShare.None);
        Directory.CreateSymbolicLink(Path.Combine(_root, "scoring-rescore-link"), Path.Combine(_root, "other"));
        foreach (var name in names.Where(name => name != "scoring-rescore-new"))
        {
            Directory.SetLastWriteTimeUtc(Path.Combine(_root, name), old);
        }

        PassingState.RemoveLost(_root, TimeProvider.System);

        Assert.Equal(
            ["other", "scoring-rescore-alive", "scoring-rescore-link", "scoring-rescore-new"],
            Directory.EnumerateDirectories(_root).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Dispose_OfAFolder_RemovesIt()
    {
        var state = PassingState.Create();
        Assert.True(Directory.Exists(state.Folder));

        state.Dispose();

        Assert.False(Directory.Exists(state.Folder));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
