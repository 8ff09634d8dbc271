using ScoringCluster.Cli.Bench;
using ScoringCluster.Cli.Bench.Simulated;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Tests.Bench;

public sealed class OverloadTallyTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void Add_AnswersLateOnesAndRefusals_CountsWhatWasTakenApart()
    {
        var one = new OverloadTally();
        one.Add(null, TimeSpan.FromMilliseconds(200), _deadline);
        one.Add(null, TimeSpan.FromMilliseconds(201), _deadline);
        one.Add(new ScoringFault(FaultKind.Overloaded, "full"), TimeSpan.FromMilliseconds(1), _deadline);
        var other = new OverloadTally();
        other.Add(null, TimeSpan.FromMilliseconds(20), _deadline);
        other.Add(new ScoringFault(FaultKind.DeadlineExceeded, "late"), TimeSpan.FromMilliseconds(205), _deadline);

        var sum = OverloadTally.Sum([one, other]);

        Assert.Equal((2, 2, 0.5, 0.2), (sum.Good, sum.Late, sum.Kept, sum.RefusedShare));
        Assert.Equal([200, 201, 20], sum.Answers);
        Assert.Equal([1], sum.Refusals);
    }

    [Fact]
    public void Add_AnyOtherFault_EndsTheBench() => Assert.Throws<BenchFailedException>(
        () => new OverloadTally().Add(
            new ScoringFault(FaultKind.ModelFailed, "broken"), TimeSpan.Zero, _deadline));
}
