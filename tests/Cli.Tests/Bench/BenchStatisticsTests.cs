using ScoringCluster.Cli.Bench;

namespace ScoringCluster.Cli.Tests.Bench;

public sealed class BenchStatisticsTests
{
    [Theory]
    [InlineData(3.0, 1.0, 3.0, 5.0)]
    [InlineData(2.5, 4.0, 1.0, 2.0, 3.0)]
    [InlineData(7.0, 7.0)]
    public void Median_OfValues_IsTheMiddle(double expected, params double[] values) =>
        Assert.Equal(expected, BenchStatistics.Median(values));

    [Fact]
    public void Median_OfNothing_Throws() => Assert.Throws<ArgumentException>(() => BenchStatistics.Median([]));

    [Fact]
    public void Ratios_AreOfPairs_NotOfMedians() =>
        Assert.Equal([0.5, 2, 1], BenchStatistics.Ratios([1, 4, 3], [2, 2, 3]));

    [Theory]
    [InlineData(123_456, 123_500)]
    [InlineData(0.000123456, 0.0001235)]
    [InlineData(0, 0)]
    public void Rounded_KeepsFourDigits(double value, double expected) =>
        Assert.Equal(expected, BenchStatistics.Rounded(value));

    [Fact]
    public void Order_Alternates()
    {
        Assert.Equal(["a", "b"], BenchStatistics.Order(["a", "b"], pair: 0));
        Assert.Equal(["b", "a"], BenchStatistics.Order(["a", "b"], pair: 1));
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(0, 1)]
    public void Percentile_OfAHundred_IsTheOneThatTheShareDoesNotExceed(double share, double expected) =>
        Assert.Equal(expected, BenchStatistics.Percentile(Enumerable.Range(1, 100).Select(i => (double)i), share));

    [Fact]
    public void Skew_OfLoads_IsTheFarthestFromTheMean() =>
        Assert.Equal(0.5, BenchStatistics.Skew([10, 11, 10, 9, 5, 15]));
}
