using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>Binary tensors behind a JSON header, both ways.</summary>
internal sealed class HttpBinaryProtocol : IBenchProtocol
{
    public string Name => "http-binary";

    public bool IsServedBy(BenchTarget target) => true;

    public Task<IBenchCaller> ConnectAsync(
        BenchTarget target, BenchCall call, CancellationToken cancellationToken) =>
        HttpCaller.ConnectAsync(
            target, HttpRequests.Binary(target, call), (body, json) => Read(call, body, json), cancellationToken);

    /// <summary>All outputs were asked for: they come in the signature's order.</summary>
    private static List<float[]> Read(BenchCall call, ReadOnlyMemory<byte> body, int jsonLength)
    {
        var rest = body[Math.Max(0, jsonLength)..].Span;
        var outputs = new List<float[]>();
        foreach (var spec in call.Model.Signature.Outputs)
        {
            var length = (int)Math.Min(rest.Length, BenchModel.Elements(spec) * call.Rows * spec.Type.Size());
            outputs.Add(AnswerCheck.ToFloats(rest[..length], spec.Type));
            rest = rest[length..];
        }

        return outputs;
    }
}
