using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// Finds the parts that make a batch fail, by halves: one bad part of n costs some 2 log n executions, and n bad ones
/// 2 n. Where all of the first few that ran alone failed it is the model and not the rows, and the rest is not tried.
/// </summary>
/// <param name="execute">Executes parts together, which answers them unless it fails.</param>
internal sealed class BatchIsolation(Func<List<QueuedWork>, EngineFault?> execute)
{
    /// <summary>Parts that failed alone, without one that did not, after which the model itself is at fault.</summary>
    private const int FailuresMax = 8;

    /// <summary>The engine threw: a defect of it.</summary>
    public static readonly EngineFault Unexpected = new(
        "The execution failed unexpectedly; the server's log has the reason.", null);

    private int _failed;
    private int _ran;

    /// <summary>Every part is answered afterwards.</summary>
    /// <param name="parts">Parts that failed together.</param>
    /// <param name="fault">As what they failed.</param>
    public void Isolate(List<QueuedWork> parts, EngineFault fault)
    {
        if (parts.Count == 1)
        {
            _failed++;
            Fail(parts, fault);
            return;
        }

        var half = parts.Count / 2;
        foreach (var some in (List<QueuedWork>[])[parts[..half], parts[half..]])
        {
            // Callers may have left since the batch began.
            some.RemoveAll(part => !part.Progress.TryStart());
            if (some.Count == 0)
            {
                continue;
            }

            if (_ran == 0 && _failed >= FailuresMax)
            {
                Fail(some, fault);
            }
            else if (execute(some) is { } again)
            {
                Isolate(some, again);
            }
            else
            {
                _ran += some.Count;
            }
        }
    }

    private static void Fail(List<QueuedWork> parts, EngineFault fault)
    {
        var answer = ReferenceEquals(fault, Unexpected)
            ? new ScoringFault(FaultKind.Internal, fault.Message)
            : new ScoringFault(FaultKind.ModelFailed, $"The model failed on these rows: {fault}");
        parts.ForEach(part => part.Progress.Fail(answer));
    }
}
