using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.ServiceDefaults.Tests.State;

public sealed class StateFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("state-tests-").FullName;

    [Fact]
    public void Create_OfAFolderThatIsHeld_FailsNamingTheFolder()
    {
        using var first = Create(_root);

        var e = Assert.Throws<StateFolderException>(() => Create(_root));

        Assert.Contains(_root, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AfterTheHolderLeft_Succeeds()
    {
        Create(_root).Dispose();

        using var second = Create(_root);

        Assert.Equal(_root, second.Path);
    }

    [Fact]
    public void Create_WhereAFileIsInTheWay_FailsNamingTheFolder()
    {
        var path = Path.Combine(_root, "file");
        File.WriteAllText(path, "");

        var e = Assert.Throws<StateFolderException>(() => Create(path));

        Assert.Contains(path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithoutAFolder_TakesTheUsersStateFolder()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("XDG_STATE_HOME", _root)]).Build();

        using var folder = new StateFolder(Options.Create(new StateOptions()), configuration);

        Assert.Equal(Path.Combine(_root, "scoringcluster"), folder.Path);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static StateFolder Create(string path) => new(
        Options.Create(new StateOptions { Folder = path }), new ConfigurationBuilder().Build());
}
