using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ScoringCluster.ServiceDefaults.Cluster;
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
    public void Create_BySilosOfOneCluster_IsShared_AndRefusedToAServiceOfItsOwn()
    {
        using var first = Create(_root, "Silo");
        using var second = Create(_root, "Silo", "silo-1");

        Assert.Throws<StateFolderException>(() => Create(_root));
    }

    [Fact]
    public void Create_BySilosOfOneName_IsRefusedUntilTheFirstLeft()
    {
        var first = Create(_root, "Silo", "silo-1");

        var e = Assert.Throws<StateFolderException>(() => Create(_root, "Silo", "silo-1"));

        Assert.Contains("--silo-name", e.Message, StringComparison.Ordinal);
        first.Dispose();
        Create(_root, "Silo", "silo-1").Dispose();
    }

    [Fact]
    public void Create_BySilo_WhereAServiceOfItsOwnHoldsTheFolder_Fails()
    {
        using var first = Create(_root);

        Assert.Throws<StateFolderException>(() => Create(_root, "Silo"));
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

        using var folder = new StateFolder(
            Options.Create(new StateOptions()), Options.Create(new ClusterSettings()), configuration);

        Assert.Equal(Path.Combine(_root, "scoringcluster"), folder.Path);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static StateFolder Create(string path, string role = "All", string? name = null) => new(
        Options.Create(new StateOptions { Folder = path }),
        Options.Create(new ClusterSettings { Role = role, SiloName = name }),
        new ConfigurationBuilder().Build());
}
