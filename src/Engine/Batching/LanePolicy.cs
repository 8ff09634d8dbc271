using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// How two lanes share a device: online goes first, and while both have work the archive takes one batch in so many, so
/// that it never stands still. Lanes never share a batch.
/// </summary>
internal sealed class LanePolicy(int archiveTurn)
{
    private int _onlineInARow;

    public Lane Next(bool onlineWaits, bool archiveWaits)
    {
        if (archiveWaits && (!onlineWaits || _onlineInARow >= archiveTurn - 1))
        {
            _onlineInARow = 0;
            return Lane.Archive;
        }

        _onlineInARow = archiveWaits ? _onlineInARow + 1 : 0;
        return Lane.Online;
    }
}
