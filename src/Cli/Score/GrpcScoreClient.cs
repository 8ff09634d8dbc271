using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using ScoringCluster.Core;
using ScoringCluster.Preprocessing;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Cli.Score;

/// <summary>
/// Scores images over gRPC as any client of the protocol would: asks for the model's tensors and its
/// <c>scoring.json</c>, prepares the pixels here, and sends rows.
/// </summary>
internal sealed class GrpcScoreClient(string url, string model) : IScoreClient
{
    private const int FilesPerRequest = 32;

    /// <summary>HTTP/2's error of a server that speaks HTTP/1.1 (RFC 9113, 7).</summary>
    private const long Http11Required = 0xd;

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(
        url, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });

    public bool Assumed { get; private set; }

    public async IAsyncEnumerable<ImageScore> ScoreAsync(
        IReadOnlyList<string> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
        var metadata = await AnswerAsync(client.ModelMetadataAsync(
            new ModelMetadataRequest { Name = model }, cancellationToken: cancellationToken));
        var (pixels, scores) = Read(metadata);
        foreach (var chunk in files.Chunk(FilesPerRequest))
        {
            foreach (var score in await ScoreAsync(client, pixels, scores, chunk, cancellationToken))
            {
                yield return score;
            }
        }
    }

    public void Dispose() => _channel.Dispose();

    /// <exception cref="CommandException">Nobody answers there, or an HTTP port.</exception>
    private async Task<T> AnswerAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            return await call;
        }
        catch (RpcException e) when (
            Causes(e).Any(cause => cause is HttpProtocolException { ErrorCode: Http11Required }))
        {
            throw new CommandException(
                $"{new Uri(url).Authority} is an HTTP port: --grpc takes the gRPC port, 8081 by default, and --url "
                    + "this one.");
        }
        catch (RpcException e) when (Causes(e).OfType<SocketException>().FirstOrDefault() is { } cause)
        {
            throw new CommandException($"The service does not answer: {cause.Message} ({new Uri(url).Authority})");
        }
    }

    private static IEnumerable<Exception> Causes(RpcException exception)
    {
        for (var cause = exception.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private (ImagePreprocessor Pixels, ClassScores Scores) Read(ModelMetadataResponse metadata)
    {
        static IEnumerable<TensorSpec> Specs(IEnumerable<ModelMetadataResponse.Types.TensorMetadata> tensors) =>
            tensors.Select(t => new TensorSpec(
                t.Name,
                ElementTypes.TryParseProtocolName(t.Datatype, out var type) ? type : ElementType.Bytes,
                TensorShape.Of([.. t.Shape])));

        var signature = new ModelSignature(
            ModelSignature.Default, [.. Specs(metadata.Inputs)], [.. Specs(metadata.Outputs)], Batched: true);
        try
        {
            var manifest = metadata.Properties.TryGetValue("scoring.json", out var json)
                ? ModelManifest.Parse(json)
                : ModelManifest.Assume(signature);
            Assumed = manifest.Assumed;
            return (new ImagePreprocessor(manifest, signature), new ClassScores(manifest, signature));
        }
        catch (ManifestException e)
        {
            throw new CommandException($"Model '{model}' does not take images: {e.Message}");
        }
    }

    private async Task<List<ImageScore>> ScoreAsync(
        GRPCInferenceService.GRPCInferenceServiceClient client,
        ImagePreprocessor pixels,
        ClassScores scores,
        string[] files,
        CancellationToken cancellationToken)
    {
        var rows = new MemoryStream();
        var errors = new string?[files.Length];
        var row = new byte[pixels.RowBytes];
        for (var i = 0; i < files.Length; i++)
        {
            errors[i] = pixels.Read(await File.ReadAllBytesAsync(files[i], cancellationToken), row)?.Message;
            if (errors[i] is null)
            {
                rows.Write(row);
            }
        }

        var read = errors.Count(error => error is null);
        if (read == 0)
        {
            return [.. files.Zip(errors, (file, error) => new ImageScore(file, null, [], error))];
        }

        var answer = await AnswerAsync(client.ModelInferAsync(
            Request(pixels, scores, read, rows), cancellationToken: cancellationToken));
        var output = answer.RawOutputContents[0].Memory;
        var next = 0;
        return
        [
            .. files.Zip(errors, (file, error) => error is null
                ? Score(scores, file, output.Slice(output.Length / read * next++, output.Length / read))
                : new ImageScore(file, null, [], error)),
        ];
    }

    private ModelInferRequest Request(ImagePreprocessor pixels, ClassScores scores, int rows, MemoryStream bytes)
    {
        var input = new ModelInferRequest.Types.InferInputTensor
        {
            Name = pixels.Input.Name,
            Datatype = pixels.Input.Type.ProtocolName(),
        };
        input.Shape.AddRange(pixels.Input.Shape.WithRows(rows).Dimensions.ToArray());
        var request = new ModelInferRequest { ModelName = model };
        request.Inputs.Add(input);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = scores.Output.Name });
        request.RawInputContents.Add(ByteString.CopyFrom(bytes.GetBuffer(), 0, (int)bytes.Length));
        return request;
    }

    private static ImageScore Score(ClassScores scores, string file, ReadOnlyMemory<byte> row)
    {
        var values = new float[scores.Classes.Length];
        return scores.Read(row.Span, values, out var predicted) is { } fault
            ? new ImageScore(file, null, [], fault.Message)
            : new ImageScore(
                file,
                scores.Classes[predicted],
                [.. scores.Classes.Zip(values, (name, value) => (name, (double)value))],
                Error: null);
    }
}
