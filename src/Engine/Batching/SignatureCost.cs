using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What a row of one signature takes, learned from executions, and how many of its rows wait: together the time that
/// the queue is worth.
/// </summary>
internal sealed class SignatureCost(ModelSignature signature)
{
    /// <summary>Weight of the newest execution: a handful of batches decide, one outlier does not.</summary>
    private const double NewestWeight = 0.2;

    private readonly long[] _waiting = new long[2];
    private double _secondsPerRow;

    public ModelSignature Signature { get; } = signature;

    public double SecondsPerRow => Volatile.Read(ref _secondsPerRow);

    /// <summary>Seconds of one slot's work that wait in a lane.</summary>
    public double WaitingSeconds(Lane lane) => Volatile.Read(ref _waiting[(int)lane]) * SecondsPerRow;

    /// <summary>Rows came or, negative, went; under the queue's lock.</summary>
    public void Wait(Lane lane, int rows) => _waiting[(int)lane] += rows;

    public void Learn(int rows, TimeSpan elapsed)
    {
        var observed = elapsed.TotalSeconds / Math.Max(1, rows);
        var known = SecondsPerRow;

        // Two slots may overwrite each other's sample: an estimate may lose one.
        Volatile.Write(ref _secondsPerRow, known == 0 ? observed : known + (NewestWeight * (observed - known)));
    }
}
