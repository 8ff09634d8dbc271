using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>What came of calls with a deadline. Used by one caller at a time.</summary>
internal sealed class OverloadTally
{
    private readonly List<double> _answers = [];
    private readonly List<double> _refusals = [];

    /// <summary>Answered within the deadline.</summary>
    public int Good { get; private set; }

    /// <summary>Taken, and answered too late or not at all.</summary>
    public int Late { get; private set; }

    /// <summary>Milliseconds from call to answer of those that were answered.</summary>
    public IReadOnlyList<double> Answers => _answers;

    /// <summary>Milliseconds from call to refusal.</summary>
    public IReadOnlyList<double> Refusals => _refusals;

    /// <summary>Of the calls that were taken, how many were answered in time; 1 where none was taken.</summary>
    public double Kept => Good + Late == 0 ? 1 : Good / (double)(Good + Late);

    public double RefusedShare =>
        Good + Late + Refusals.Count == 0 ? 0 : Refusals.Count / (double)(Good + Late + Refusals.Count);

    /// <exception cref="BenchFailedException">The fault has nothing to do with overload.</exception>
    public void Add(ScoringFault? fault, TimeSpan elapsed, TimeSpan deadline)
    {
        switch (fault?.Kind)
        {
            case null:
                _answers.Add(elapsed.TotalMilliseconds);
                (Good, Late) = elapsed <= deadline ? (Good + 1, Late) : (Good, Late + 1);
                break;
            case FaultKind.Overloaded:
                _refusals.Add(elapsed.TotalMilliseconds);
                break;
            case FaultKind.DeadlineExceeded:
                Late++;
                break;
            default:
                throw new BenchFailedException($"A call was answered with {fault.Kind}: {fault.Message}");
        }
    }

    public static OverloadTally Sum(IEnumerable<OverloadTally> tallies)
    {
        var sum = new OverloadTally();
        foreach (var tally in tallies)
        {
            sum._answers.AddRange(tally._answers);
            sum._refusals.AddRange(tally._refusals);
            sum.Good += tally.Good;
            sum.Late += tally.Late;
        }

        return sum;
    }
}
