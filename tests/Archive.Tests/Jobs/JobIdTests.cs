using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Archive.Tests.Jobs;

public sealed class JobIdTests
{
    [Theory]
    [InlineData("night-2026.07_1", true)]
    [InlineData("", false)]
    [InlineData(".hidden", false)]
    [InlineData("a/b", false)]
    [InlineData("a\n", false)]
    public void IsValid_OfAnId_TakesSafeNamesOnly(string id, bool valid) => Assert.Equal(valid, JobId.IsValid(id));

    [Fact]
    public void Derive_OfDifferentContent_DiffersAndIsValid()
    {
        var ids = new[]
        {
            JobId.Derive("m", "i", "o"), JobId.Derive("n", "i", "o"), JobId.Derive("m", "j", "o"),
            JobId.Derive("m", "i", "p"), JobId.Derive("m", "i", "o", ""),
        };

        Assert.All(ids, id => Assert.True(JobId.IsValid(id)));
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
