using System.Text.Json;
using ScoringCluster.Cli.Bench;

namespace ScoringCluster.Cli.Tests.Bench;

public sealed class BenchLineTests
{
    private static readonly Dictionary<string, double> _cpu = new() { ["server"] = 0.00123456, ["client"] = 0.0001 };

    private static readonly BenchLine _line = new(
        "gateway", "busi_cnn", "http-binary 8x1", BenchLine.RowsPerSecond, 412.34, _cpu, "floor", 430,
        new Dictionary<string, double> { ["floor"] = 0.001 }, [0.9, 1.1, 0.95]);

    [Fact]
    public void ToJson_OfAnItem_HasRowsCpuYardstickAndTheMedianOfTheRatios()
    {
        using var json = JsonDocument.Parse(_line.ToJson());
        var root = json.RootElement;

        Assert.Equal("gateway", root.GetProperty("bench").GetString());
        Assert.Equal("busi_cnn", root.GetProperty("model").GetString());
        Assert.Equal("http-binary 8x1", root.GetProperty("item").GetString());
        Assert.Equal(412.3, root.GetProperty("rows_per_second").GetDouble());
        Assert.Equal(0.001235, root.GetProperty("cpu_seconds_per_row").GetProperty("server").GetDouble());
        Assert.Equal("floor", root.GetProperty("yardstick").GetString());
        Assert.Equal(430, root.GetProperty("yardstick_rows_per_second").GetDouble());
        Assert.Equal(0.95, root.GetProperty("ratio").GetDouble());
        Assert.Equal(0.9, root.GetProperty("ratio_min").GetDouble());
        Assert.Equal(1.1, root.GetProperty("ratio_max").GetDouble());
        Assert.Equal(3, root.GetProperty("pairs").GetInt32());
    }

    [Fact]
    public void ToJson_OfAnItem_IsOneLine() => Assert.DoesNotContain('\n', _line.ToJson());

    [Fact]
    public void ToText_OfAnItem_NamesRatioAndYardstick() =>
        Assert.Contains("0.950 of floor", _line.ToText(), StringComparison.Ordinal);

    [Fact]
    public void ToText_OfLongAndShortNames_HasTheSameColumns()
    {
        var split = _line with { Bench = "gateway split", Item = "http-binary 64x1" };
        var loop = split with { Yardstick = "bare loop, batch 64, 16x1" };

        Assert.Equal(_line.ToText().IndexOf("rows/s", StringComparison.Ordinal),
            split.ToText().IndexOf("rows/s", StringComparison.Ordinal));
        Assert.Equal(split.ToText().IndexOf('(', StringComparison.Ordinal),
            loop.ToText().IndexOf('(', StringComparison.Ordinal));
    }
}
