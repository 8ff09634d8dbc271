using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using ScoringCluster.ServiceDefaults.Cluster;
using ScoringCluster.ServiceDefaults.State;

namespace ScoringCluster.ServiceDefaults.Tests.State;

public sealed class FileGrainStorageTests : IDisposable
{
    private const string Name = "register";

    private readonly string _root = Directory.CreateTempSubdirectory("state-tests-").FullName;
    private readonly StateFolder _folder;
    private readonly FileGrainStorage _storage;

    public FileGrainStorageTests()
    {
        _folder = new StateFolder(
            Options.Create(new StateOptions { Folder = _root }), Options.Create(new ClusterSettings()),
            new ConfigurationBuilder().Build());
        _storage = new FileGrainStorage(_folder, TimeProvider.System);
    }

    [Fact]
    public async Task Read_OfWhatWasWritten_IsTheSameForANewActivation()
    {
        var written = new GrainState<Register>(new Register { Jobs = ["a", "ä/ö"] });
        await _storage.WriteStateAsync(Name, Id("jobs"), written);

        var read = new GrainState<Register>();
        await _storage.ReadStateAsync(Name, Id("jobs"), read);

        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal(["a", "ä/ö"], read.State!.Jobs);
    }

    [Fact]
    public async Task Read_OfWhatWasNeverWritten_IsANewState()
    {
        var read = new GrainState<Register>(null!);
        await _storage.ReadStateAsync(Name, Id("jobs"), read);

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Empty(read.State!.Jobs);
    }

    [Fact]
    public async Task Write_ByOneThatHasNotSeenTheNewest_IsRefusedAndChangesNothing()
    {
        var (first, second) = (new GrainState<Register>(new Register()), new GrainState<Register>());
        await _storage.WriteStateAsync(Name, Id("jobs"), first);
        await _storage.ReadStateAsync(Name, Id("jobs"), second);
        second.State!.Jobs.Add("second");
        await _storage.WriteStateAsync(Name, Id("jobs"), second);

        first.State!.Jobs.Add("first");
        await Assert.ThrowsAsync<InconsistentStateException>(
            () => _storage.WriteStateAsync(Name, Id("jobs"), first));

        var read = new GrainState<Register>();
        await _storage.ReadStateAsync(Name, Id("jobs"), read);
        Assert.Equal(["second"], read.State!.Jobs);
    }

    [Fact]
    public async Task Write_ByManyAtOnce_SucceedsForExactlyOne()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var state = new GrainState<Register>(new Register { Jobs = [$"{i}"] });
            return await Record.ExceptionAsync(() => _storage.WriteStateAsync(Name, Id("jobs"), state));
        })));

        Assert.Single(outcomes, outcome => outcome is null);
        Assert.Equal(15, outcomes.OfType<InconsistentStateException>().Count());
    }

    [Fact]
    public async Task Clear_OfWhatWasNeverWritten_IsHarmless()
    {
        var state = new GrainState<Register>(new Register());

        await _storage.ClearStateAsync(Name, Id("jobs"), state);

        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task Clear_ThenWrite_BeginsAnew()
    {
        var state = new GrainState<Register>(new Register { Jobs = ["a"] });
        await _storage.WriteStateAsync(Name, Id("jobs"), state);
        await _storage.ClearStateAsync(Name, Id("jobs"), state);
        await _storage.WriteStateAsync(Name, Id("jobs"), state);

        Assert.Empty(state.State!.Jobs);
        Assert.NotNull(state.ETag);
    }

    [Fact]
    public async Task Write_AfterACrashLeftATemporaryFile_ReplacesIt()
    {
        var state = new GrainState<Register>(new Register { Jobs = ["a"] });
        await _storage.WriteStateAsync(Name, Id("jobs"), state);
        await File.WriteAllTextAsync(FileOf() + ".tmp", "{\"Jo", TestContext.Current.CancellationToken);

        var read = new GrainState<Register>();
        await _storage.ReadStateAsync(Name, Id("jobs"), read);
        read.State!.Jobs.Add("b");
        await _storage.WriteStateAsync(Name, Id("jobs"), read);

        await _storage.ReadStateAsync(Name, Id("jobs"), state);
        Assert.Equal(["a", "b"], state.State!.Jobs);
    }

    [Theory]
    [InlineData("{\"Jobs\":[\"a\"")]
    [InlineData("")]
    [InlineData("null")]
    public async Task Read_OfADamagedFile_NamesTheFile(string content)
    {
        await _storage.WriteStateAsync(Name, Id("jobs"), new GrainState<Register>(new Register()));
        await File.WriteAllTextAsync(FileOf(), content, TestContext.Current.CancellationToken);

        var e = await Assert.ThrowsAsync<InvalidDataException>(
            () => _storage.ReadStateAsync(Name, Id("jobs"), new GrainState<Register>()));

        Assert.Contains(FileOf(), e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../escape")]
    [InlineData("a/b")]
    [InlineData("nul\0and\nnewline")]
    [InlineData("ü")]
    public async Task Write_UnderAnyKey_StaysInTheFolder(string key)
    {
        await _storage.WriteStateAsync(Name, Id(key), new GrainState<Register>(new Register()));
        await _storage.WriteStateAsync(Name, Id(key + "x"), new GrainState<Register>(new Register()));

        Assert.Equal(2, Directory.GetFiles(Path.Combine(_root, "grains", Name), "*.json").Length);
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private string FileOf() => Directory.GetFiles(Path.Combine(_root, "grains", Name), "*.json").Single();

    private static GrainId Id(string key) => GrainId.Create("jobs", key);

    private sealed class Register
    {
        public List<string> Jobs { get; set; } = [];
    }
}
