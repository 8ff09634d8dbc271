using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>What one request holds of the gateway's bytes: more as it arrives, nothing once it is over.</summary>
internal sealed class HeldBytes(InFlightBytes inFlight) : IDisposable
{
    private long _bytes;

    /// <summary>Holds so many in all; fewer than are held change nothing.</summary>
    /// <returns>Null where they may be held.</returns>
    public ScoringFault? Hold(long bytes)
    {
        if (bytes <= _bytes)
        {
            return null;
        }

        var fault = inFlight.Reserve(bytes - _bytes);
        _bytes = fault is null ? bytes : _bytes;
        return fault;
    }

    public void Dispose()
    {
        inFlight.Release(_bytes);
        _bytes = 0;
    }
}
