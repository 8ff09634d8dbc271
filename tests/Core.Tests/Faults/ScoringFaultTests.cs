namespace ScoringCluster.Core.Tests.Faults;

public sealed class ScoringFaultTests
{
    [Fact]
    public void Invalid_ListsEveryViolation()
    {
        var fault = ScoringFault.Invalid([new("a.shape", "missing"), new("b", "unknown")]);

        Assert.Equal((FaultKind.RequestInvalid, "a.shape: missing; b: unknown"), (fault.Kind, fault.Message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50_000)]
    public void Invalid_OfLongNames_EndsAtTheLimit(int tooMany)
    {
        var message = new string('x', Limits.FaultMessageLengthMax - 3 + tooMany);

        var fault = ScoringFault.Invalid([new("a", message)]);

        Assert.Equal(Limits.FaultMessageLengthMax, fault.Message.Length);
        Assert.Equal(tooMany > 0, fault.Message.EndsWith('…'));
    }

    [Fact]
    public void Invalid_OfLongNames_DividesNoCharacter()
    {
        var fault = ScoringFault.Invalid([new("a", string.Concat(Enumerable.Repeat("🦉", 4_000)))]);

        Assert.EndsWith("🦉…", fault.Message, StringComparison.Ordinal);
        var shifted = ScoringFault.Invalid([new("ab", string.Concat(Enumerable.Repeat("🦉", 4_000)))]);
        Assert.EndsWith("🦉…", shifted.Message, StringComparison.Ordinal);
    }
}
