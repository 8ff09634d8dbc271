using System.Text;

namespace ScoringCluster.SavedModel.Tests;

public sealed class SavedModelDigestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SavedModelDigestTests()
    {
        _folder.Write("saved_model.pb", "graph"u8.ToArray());
        _folder.Write("variables/variables.index", "index"u8.ToArray());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Digest_OfKnownFiles_IsTheHashOfTheirLines() =>
        // Computed with sha256sum from the lines "<sha256 of graph> 5 saved_model.pb" and "<sha256 of index> 5 …".
        Assert.Equal(
            "da08c4634e5b1e26bd652681dd6605f1524d9a7da7230b73fc6a9372e6bbe9d0",
            SavedModelDigest.Digest(_folder.Path));

    [Fact]
    public void Digest_AfterWrite_IsTheSameAndNotOfTheListItself()
    {
        var before = SavedModelDigest.Digest(_folder.Path);

        Assert.Equal(before, SavedModelDigest.Write(_folder.Path));
        Assert.Equal(before, SavedModelDigest.Digest(_folder.Path));
        Assert.Equal(before, SavedModelDigest.Compute(_folder.Path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Digest_OfAChangedName_Differs()
    {
        var before = SavedModelDigest.Digest(_folder.Path);
        File.Move(Path.Combine(_folder.Path, "saved_model.pb"), Path.Combine(_folder.Path, "saved_model.pc"));

        Assert.NotEqual(before, SavedModelDigest.Digest(_folder.Path));
    }

    [Theory]
    [InlineData("saved_model.pb", "longer than before")]
    [InlineData("assets/new.txt", "")]
    [InlineData(SavedModelDigest.FileName, "{}")]
    [InlineData(SavedModelDigest.FileName, "no json")]
    public void Digest_OfFilesThatDoNotFitTheList_IsRefused(string file, string contents)
    {
        SavedModelDigest.Write(_folder.Path);
        _folder.Write(file, Encoding.UTF8.GetBytes(contents));

        Assert.Contains(SavedModelDigest.FileName,
            Assert.Throws<SavedModelException>(() => SavedModelDigest.Digest(_folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
