namespace ScoringCluster.Archive.Tests;

public sealed class PosixTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("archive-tests-").FullName;

    [Fact]
    public async Task TryLink_ByManyAtOnce_SucceedsOnce()
    {
        var name = Path.Combine(_folder, "name");
        var files = Enumerable.Range(0, 32).Select(i => Path.Combine(_folder, $"file {i}")).ToArray();
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(file, file, TestContext.Current.CancellationToken);
        }

        var linked = await Task.WhenAll(files.Select(
            file => Task.Run(() => Posix.TryLink(file, name), TestContext.Current.CancellationToken)));

        Assert.Equal(1, linked.Count(won => won));
        Assert.Equal(files[Array.IndexOf(linked, true)], await File.ReadAllTextAsync(
            name, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void TryLink_OfAMissingFile_NamesThePathAndTheReason()
    {
        var exception = Assert.Throws<IOException>(
            () => Posix.TryLink(Path.Combine(_folder, "none"), Path.Combine(_folder, "name")));

        Assert.Contains("name", exception.Message);
    }

    [Fact]
    public void SyncFolder_OfAMissingFolder_Throws() =>
        Assert.Throws<IOException>(() => Posix.SyncFolder(Path.Combine(_folder, "none")));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
