using System.Text.Json;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>Numbers as JSON text, both ways.</summary>
internal sealed class HttpJsonProtocol : IBenchProtocol
{
    public string Name => "http-json";

    public bool IsServedBy(BenchTarget target) => true;

    public Task<IBenchCaller> ConnectAsync(
        BenchTarget target, BenchCall call, CancellationToken cancellationToken) =>
        HttpCaller.ConnectAsync(
            target, HttpRequests.Json(target, call), static (body, _) => Read(body), cancellationToken);

    private static List<float[]> Read(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. json.RootElement.GetProperty("outputs").EnumerateArray()
            .Select(output => output.GetProperty("data").EnumerateArray().Select(ToFloat).ToArray())];
    }

    private static float ToFloat(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Null => float.NaN,
        _ => value.GetSingle(),
    };
}
