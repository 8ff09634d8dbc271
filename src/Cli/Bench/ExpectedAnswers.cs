using System.Globalization;
using ScoringCluster.Cli.Bench.Load;

namespace ScoringCluster.Cli.Bench;

/// <summary>The right answers, each computed once: when a run that needs it is over.</summary>
/// <param name="compute">From a number of rows and their variant to what is answered to them, by output.</param>
internal sealed class ExpectedAnswers(Func<int, int, IReadOnlyList<float[]>> compute)
{
    private readonly Dictionary<(int Rows, int Variant), IReadOnlyList<float[]>> _known = [];

    /// <param name="callers">Each sends the rows whose variant is its place, so that a swapped answer shows.</param>
    /// <exception cref="BenchFailedException">What one of them heard last is not the answer to its rows.</exception>
    public void Require(string server, IReadOnlyList<IBenchCaller> callers, int rows)
    {
        for (var i = 0; i < callers.Count; i++)
        {
            var what = string.Create(
                CultureInfo.InvariantCulture,
                $"{server} (caller {i + 1} of {callers.Count}, its last answer under load)");
            AnswerCheck.Require(what, Of(rows, i), callers[i].ReadAnswer());
        }
    }

    private IReadOnlyList<float[]> Of(int rows, int variant)
    {
        if (!_known.TryGetValue((rows, variant), out var answer))
        {
            _known.Add((rows, variant), answer = compute(rows, variant));
        }

        return answer;
    }
}
