using Google.Protobuf;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary><c>ModelInfer</c> with raw contents, both ways.</summary>
internal sealed class GrpcProtocol : IBenchProtocol
{
    public string Name => "grpc";

    public bool IsServedBy(BenchTarget target) => target.Grpc is not null;

    public Task<IBenchCaller> ConnectAsync(
        BenchTarget target, BenchCall call, CancellationToken cancellationToken)
    {
        var request = new ModelInferRequest { ModelName = target.Model };
        request.Parameters.Add("signature_name", new InferParameter { StringParam = call.Model.Signature.Name });
        foreach (var input in call.Model.Inputs(call.Rows, call.Variant))
        {
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor
            {
                Name = input.Name,
                Datatype = Core.ElementTypes.ProtocolName(input.Type),
                Shape = { input.Shape.Dimensions.ToArray() },
            });
            request.RawInputContents.Add(ByteString.CopyFrom(input.Bytes));
            input.Dispose();
        }

        return GrpcCaller.ConnectAsync(
            target, $"/{OipMethods.Service}/ModelInfer", request.ToByteArray(), answer => Read(call, answer),
            cancellationToken);
    }

    private static float[][] Read(BenchCall call, ReadOnlyMemory<byte> message)
    {
        var answer = ModelInferResponse.Parser.ParseFrom(message.Span);
        return [.. call.Model.Signature.Outputs.Select(spec =>
        {
            var at = answer.Outputs.ToList().FindIndex(output => output.Name == spec.Name);
            return at >= 0 && at < answer.RawOutputContents.Count
                ? AnswerCheck.ToFloats(answer.RawOutputContents[at].Span, spec.Type) : [];
        })];
    }
}
