using System.Runtime.InteropServices;
using Google.Protobuf;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Gateway.Tests.Protocols.OipGrpc;

/// <summary>Requests as a client with generated types builds them.</summary>
internal static class GrpcRequests
{
    public static GRPCInferenceService.GRPCInferenceServiceClient Client(GatewayFixture gateway) =>
        new(gateway.Channel);

    /// <summary>Two rows: 1 + 2 + 10 and 3 + 4 + 20.</summary>
    public static ModelInferRequest Sum(bool raw)
    {
        var request = new ModelInferRequest { ModelName = "sum", Id = "17" };
        request.Inputs.Add([Input("a", "FP32", 2, 2), Input("b", "INT32", 2)]);
        if (raw)
        {
            request.RawInputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes<float>([1, 2, 3, 4])));
            request.RawInputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes<int>([10, 20])));
        }
        else
        {
            request.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 2, 3, 4 } };
            request.Inputs[1].Contents = new InferTensorContents { IntContents = { 10, 20 } };
        }

        return request;
    }

    public static ModelInferRequest.Types.InferInputTensor Input(string name, string type, params long[] shape)
    {
        var input = new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = type };
        input.Shape.Add(shape);
        return input;
    }
}
