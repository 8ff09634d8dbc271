using System.IO.Pipelines;
using System.Text.Json;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Sends JSON on while it is being written, so that a large answer is never whole in memory.</summary>
/// <param name="pipe">What the writer writes into; null for a buffer that has to be whole.</param>
internal sealed class JsonSender(Utf8JsonWriter json, PipeWriter? pipe)
{
    private const int SendBytes = 32 << 10;

    private long _sent;

    public Utf8JsonWriter Json => json;

    /// <summary>Sends what is written once it is enough to be worth it, and waits for a slow reader.</summary>
    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        var written = json.BytesCommitted + json.BytesPending;
        if (pipe is not null && written - _sent >= SendBytes)
        {
            _sent = written;
            json.Flush();
            await pipe.FlushAsync(cancellationToken);
        }
    }
}
