using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Bench.Load;
using ScoringCluster.Cli.Bench.Servers;

namespace ScoringCluster.Cli.Tests.Bench;

public sealed class MeasuringTests
{
    [Fact]
    public void ParseStat_NameWithBracketsAndSpaces_IsPassedOver() =>
        Assert.Equal(1.75, CpuClock.ParseStat("42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20"));

    [Fact]
    public void ParseResidentBytes_OfAStatus_CountsInKibibytes() =>
        Assert.Equal(2048, ServerProcess.ParseResidentBytes(["Name:\tx", "VmRSS:\t       2 kB", "Threads:\t1"]));

    [Fact]
    public void CpuSecondsPerRow_OfSeveralSamples_WeighsThemByTheirRows()
    {
        var samples = new[]
        {
            new Sample(1, 10, new Dictionary<string, double> { ["server"] = 1 }),
            new Sample(1, 30, new Dictionary<string, double> { ["server"] = 1 }),
        };

        Assert.Equal(0.05, Sample.CpuSecondsPerRow(samples)["server"]);
    }

    [Fact]
    public void Within_FewCores_IsEveryDivisionThatFits() => Assert.Equal(
        [new(1, 1, 8), new(1, 2, 8), new(1, 3, 8), new(2, 1, 8), new(3, 1, 8)],
        BareSetting.Within(cores: 3, batches: [8]));

    [Fact]
    public void Within_ManyCores_LeavesNoneIdleThatOneMoreSlotCouldUse()
    {
        var settings = BareSetting.Within(cores: 20, batches: [1]).ToList();

        Assert.Equal(Enumerable.Range(1, 20).Select(threads => 20 / threads).Order(),
            settings.Select(setting => setting.Slots).Order());
        Assert.All(settings, setting => Assert.True((setting.Slots + 1) * setting.Threads > 20));
    }

    [Fact]
    public void FindBest_SpeedsOfSettings_TriesAllThatFitAndTakesTheFastest()
    {
        var tried = new HashSet<BareSetting>();

        // Three slots on four cores: no even division.
        var best = BareSearch.FindBest(cores: 4, batches: [1, 8], TimeSpan.FromSeconds(1), (setting, _) =>
        {
            tried.Add(setting);
            return setting == new BareSetting(3, 1, 8) ? 100 : setting.Slots;
        });

        Assert.Equal(new BareSetting(3, 1, 8), best);
        Assert.Equal(BareSetting.Within(cores: 4, batches: [1, 8]).ToHashSet(), tried);
    }

    [Fact]
    public void FindBest_FirstRunOnAMachineThatWakesUp_DoesNotCount()
    {
        var runs = 0;

        var best = BareSearch.FindBest(
            cores: 2, batches: [1], TimeSpan.FromSeconds(1),
            (setting, _) => runs++ == 0 ? 0 : 1.0 / (setting.Slots * setting.Threads));

        Assert.Equal(new BareSetting(1, 1, 1), best);
    }

    [Theory]
    [InlineData("4x64", 4, 64)]
    [InlineData("1x1", 1, 1)]
    public void Parse_Point_IsCallersAndRows(string text, int callers, int rows) =>
        Assert.Equal(new LoadPoint(callers, rows), LoadPoint.Parse(text));

    [Theory]
    [InlineData("0x1")]
    [InlineData("1")]
    [InlineData("1x-1")]
    [InlineData("1x99999")]
    public void Parse_NoPoint_IsAUsageFault(string text) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandException>(() => LoadPoint.Parse(text)).ExitCode);

    [Fact]
    public void Require_WrongNumber_Fails()
    {
        AnswerCheck.Require("x", [[1f, 0.5f]], [[1f, 0.50001f]]);

        Assert.Throws<BenchFailedException>(() => AnswerCheck.Require("x", [[1f]], [[1.1f]]));
        Assert.Throws<BenchFailedException>(() => AnswerCheck.Require("x", [[1f]], [[float.NaN]]));
        Assert.Throws<BenchFailedException>(() => AnswerCheck.Require("x", [[1f]], [[1f, 1f]]));
    }

    [Fact]
    public async Task RunAsync_CallerThatFails_FailsTheMeasurement() =>
        await Assert.ThrowsAsync<BenchFailedException>(() => ClosedLoop.RunAsync(
            [new FailingCaller()], rowsPerCall: 1, TimeSpan.FromSeconds(1), []));

    private sealed class FailingCaller : IBenchCaller
    {
        public ValueTask CallAsync() => throw new BenchFailedException("no");

        public IReadOnlyList<float[]> ReadAnswer() => [];

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
