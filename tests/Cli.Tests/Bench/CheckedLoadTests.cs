using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.DemoAssets;

namespace ScoringCluster.Cli.Tests.Bench;

/// <summary>A bench whose callers get wrong answers fails, whoever gets them and however late.</summary>
public sealed class CheckedLoadTests : IDisposable
{
    private const int Callers = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("bench-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_EveryCallerItsOwnAnswer_IsMeasured()
    {
        var sample = await Load(0, 1, 2).RunAsync(TimeSpan.Zero, []);

        Assert.True(sample.Rows > 0);
    }

    [Fact]
    public async Task Run_TwoAnswersSwapped_NamesTheFirstOfTheCallers()
    {
        var failure = await Assert.ThrowsAsync<BenchFailedException>(
            () => Load(0, 2, 1).RunAsync(TimeSpan.Zero, []));

        Assert.Equal(
            "floor (caller 2 of 3, its last answer under load) answered 2 where 1 was expected (output 0, 0).",
            failure.Message);
    }

    [Fact]
    public async Task Run_ServerWhoseAnswersMeanNothing_IsMeasured() => Assert.True(
        (await new CheckedLoad("echo", [new NumberCaller(7)], 1, expected: null).RunAsync(TimeSpan.Zero, [])).Rows > 0);

    [Fact]
    public async Task Run_EngineThatAnswersRight_IsMeasured()
    {
        var model = Demo();
        using var bare = new BareLoop(model, model.Program.Bytes);
        await using var engine = await EngineLoad.StartAsync(model, bare.Answers, Token);

        Assert.True((await engine.RunAsync(rows: 2, TimeSpan.Zero, Token, Callers)).Rows > 0);
    }

    [Fact]
    public async Task Run_EngineWhoseAnswersAreOfOtherRows_Fails()
    {
        var model = Demo();
        using var bare = new BareLoop(model, model.Program.Bytes);

        // The last caller is taken to have sent what the one before it sent.
        var swapped = new ExpectedAnswers((rows, variant) => bare.Expected(rows, Math.Min(variant, Callers - 2)));
        await using var engine = await EngineLoad.StartAsync(model, swapped, Token);

        var failure = await Assert.ThrowsAsync<BenchFailedException>(
            () => engine.RunAsync(rows: 1, TimeSpan.Zero, Token, Callers));

        Assert.StartsWith(
            "The engine (caller 4 of 4, its last answer under load) answered ", failure.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Run_LaneWhoseAnswersAreOfOtherRows_Fails(bool online, bool archive)
    {
        var model = Demo();
        using var bare = new BareLoop(model, model.Program.Bytes);
        await using var engine = await EngineLoad.StartAsync(
            model, new ExpectedAnswers((rows, variant) => bare.Expected(rows, variant + 1)), Token);
        var plan = new LanePlan(OnlineCallers: 1, TimeSpan.Zero, ArchiveRows: 2, TimeSpan.Zero);

        await Assert.ThrowsAsync<BenchFailedException>(
            () => new LaneLoad(engine, plan, Token).RunAsync(online, archive));
    }

    /// <summary>Callers that hear these numbers, where the first should hear 0, the second 1, and so on.</summary>
    private static CheckedLoad Load(params float[] heard) => new(
        "floor", [.. heard.Select(number => new NumberCaller(number))], rowsPerCall: 1,
        new ExpectedAnswers((_, variant) => [[variant]]));

    private BenchModel Demo()
    {
        DemoModel.Write(_folder);
        return BenchModel.Open(_folder, signature: null);
    }

    private sealed class NumberCaller(float number) : IBenchCaller
    {
        public ValueTask CallAsync() => ValueTask.CompletedTask;

        public IReadOnlyList<float[]> ReadAnswer() => [[number]];

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
