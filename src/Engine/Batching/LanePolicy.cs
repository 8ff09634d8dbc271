using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// How two lanes share a device's time: online goes first, and while it is busy the archive is owed its share, so that
/// it never stands still. What the archive used while online had nothing to do counts against it, so that an online
/// batch now and then finds the device as soon as one execution ends. A batch is never interrupted.
/// </summary>
/// <param name="archiveShare">Between 0 and 1: of the device's time while both lanes have work.</param>
internal sealed class LanePolicy(double archiveShare)
{
    /// <summary>What is owed, and what was used beforehand, is forgotten beyond this.</summary>
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(0.25);

    private double _owedSeconds;

    public Lane Next(bool onlineWaits, bool archiveWaits) =>
        archiveWaits && (!onlineWaits || _owedSeconds > 0) ? Lane.Archive : Lane.Online;

    /// <param name="elapsed">Time of one slot.</param>
    /// <param name="archivePart">Of the execution's rows, 0 to 1: so much of the time the archive used.</param>
    /// <param name="archiveWaits">Archive work waits at the end of the execution.</param>
    public void OnExecuted(TimeSpan elapsed, double archivePart, bool archiveWaits)
    {
        var used = elapsed.TotalSeconds * archivePart;
        var owed = archiveWaits ? (elapsed.TotalSeconds - used) * archiveShare / (1 - archiveShare) : 0;
        _owedSeconds = Math.Clamp(_owedSeconds + owed - used, -_memory.TotalSeconds, _memory.TotalSeconds);
    }
}
