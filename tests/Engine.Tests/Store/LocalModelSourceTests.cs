using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Store;

namespace ScoringCluster.Engine.Tests.Store;

public sealed class LocalModelSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("store-").FullName;

    [Fact]
    public void List_Repository_TakesWholeNumbersWithAModelOnly()
    {
        foreach (var version in (string[])["1", "12", "03", "notes", "4"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, "cnn", version));
            if (version != "4")
            {
                File.WriteAllText(Path.Combine(_folder, "cnn", version, "saved_model.pb"), "");
            }
        }

        var source = Source(new ModelStoreOptions { Repository = _folder });

        Assert.Equal([new ModelRef("cnn", 1), new ModelRef("cnn", 12)], source.List().Select(v => v.Model));
        Assert.Null(source.Find(new ModelRef("cnn", 5)));
    }

    [Fact]
    public void List_Fingerprint_ChangesWithTheFiles()
    {
        var version = Path.Combine(_folder, "cnn", "1");
        Directory.CreateDirectory(version);
        File.WriteAllText(Path.Combine(version, "saved_model.pb"), "");
        var source = Source(new ModelStoreOptions { Repository = _folder });
        var first = source.List().Single().Fingerprint;

        Assert.Equal(first, source.List().Single().Fingerprint);
        Directory.CreateDirectory(Path.Combine(version, "variables"));
        File.WriteAllText(Path.Combine(version, "variables", "variables.index"), "");
        Assert.NotEqual(first, source.List().Single().Fingerprint);
    }

    [Theory]
    [InlineData("saved_model/assets.extra/scoring.json", "saved_model/scoring.json", "scoring.json")]
    [InlineData("saved_model/scoring.json", "scoring.json")]
    [InlineData("scoring.json")]
    public void Find_Manifest_TakesTheFirstPlaceThatHasOne(string first, params string[] others)
    {
        foreach (var file in others.Prepend(first).Append("saved_model/saved_model.pb"))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, file))!);
            File.WriteAllText(Path.Combine(_folder, file), "");
        }

        var source = Source(new ModelStoreOptions { Named = { ["cnn"] = _folder } });

        var package = source.Find(new ModelRef("cnn", 1))!;
        Assert.Equal(Path.Combine(_folder, "saved_model"), package.Folder);
        Assert.Equal(Path.Combine(_folder, first), package.ManifestFile);
    }

    [Fact]
    public void Validate_NothingThere_ListsEveryFailure()
    {
        var options = new ModelStoreOptions
        {
            Repository = Path.Combine(_folder, "none"),
            Engine = "torch",
            Named = { ["bad name"] = Path.Combine(_folder, "gone") },
            Manifests = { ["cnn"] = Path.Combine(_folder, "gone.json") },
        };

        var result = new ModelStoreOptionsValidator().Validate(null, options);

        Assert.Equal(5, result.Failures!.Count());
    }

    [Theory]
    [InlineData("../elsewhere")]
    [InlineData("")]
    public void Find_NameThatLeavesTheRepository_IsNoModel(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere", "1"));
        Directory.CreateDirectory(Path.Combine(_folder, "repository", "1"));
        var source = Source(new ModelStoreOptions { Repository = Path.Combine(_folder, "repository") });

        Assert.Null(source.Find(new ModelRef(name, 1)));
    }

    private static LocalModelSource Source(ModelStoreOptions options) =>
        new(Options.Create(options), NullLogger<LocalModelSource>.Instance);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
