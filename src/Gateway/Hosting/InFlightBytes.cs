using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>Bytes of requests that this gateway holds now, whatever protocol brought them, and their bound.</summary>
internal sealed class InFlightBytes(long max = Limits.GatewayBytesInFlightMax)
{
    private long _bytes;

    public long Held => Interlocked.Read(ref _bytes);

    /// <returns>Null where the bytes may be held; <see cref="Release"/> follows.</returns>
    public ScoringFault? Reserve(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= max)
        {
            return null;
        }

        Release(bytes);
        return new ScoringFault(FaultKind.Overloaded, "The gateway holds as many bytes of requests as it may.");
    }

    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
