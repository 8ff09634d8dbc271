using Google.Protobuf;
using Grpc.Core;
using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>
/// The service's methods as a server sees them. The hot one reads and writes by hand, the others as generated.
/// </summary>
public static class OipMethods
{
    public const string Service = "inference.GRPCInferenceService";

    public static Method<ServerLiveRequest, ServerLiveResponse> ServerLive { get; } =
        Of("ServerLive", ServerLiveRequest.Parser, ServerLiveResponse.Parser);

    public static Method<ServerReadyRequest, ServerReadyResponse> ServerReady { get; } =
        Of("ServerReady", ServerReadyRequest.Parser, ServerReadyResponse.Parser);

    public static Method<ModelReadyRequest, ModelReadyResponse> ModelReady { get; } =
        Of("ModelReady", ModelReadyRequest.Parser, ModelReadyResponse.Parser);

    public static Method<ServerMetadataRequest, ServerMetadataResponse> ServerMetadata { get; } =
        Of("ServerMetadata", ServerMetadataRequest.Parser, ServerMetadataResponse.Parser);

    public static Method<ModelMetadataRequest, ModelMetadataResponse> ModelMetadata { get; } =
        Of("ModelMetadata", ModelMetadataRequest.Parser, ModelMetadataResponse.Parser);

    /// <param name="pool">Where the tensors of requests stand.</param>
    /// <param name="typedBytesMax">What the elements that a request sends by type may take there.</param>
    public static Method<ModelInferCall, ModelInferAnswer> ModelInfer(
        TensorBlockPool pool, long typedBytesMax = Limits.RequestBytesMax) => new(
        MethodType.Unary,
        Service,
        "ModelInfer",
        Marshallers.Create<ModelInferCall>(
            (_, _) => throw new NotSupportedException("Servers read this message."),
            context => ModelInferReader.Read(context.PayloadAsReadOnlySequence(), pool, typedBytesMax)),
        Marshallers.Create<ModelInferAnswer>(
            static (answer, context) =>
            {
                context.SetPayloadLength(ModelInferWriter.SizeOf(answer));
                ModelInferWriter.Write(answer, context.GetBufferWriter());
                context.Complete();
            },
            _ => throw new NotSupportedException("Servers write this message.")));

    private static Method<TRequest, TResponse> Of<TRequest, TResponse>(
        string name, MessageParser<TRequest> request, MessageParser<TResponse> response)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => new(
            MethodType.Unary, Service, name, Of(request), Of(response));

    private static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(
            static (T message, SerializationContext context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
