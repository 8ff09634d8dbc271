using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Answers of inference calls: JSON, and binary tensors behind it where they are asked for.</summary>
internal static class InferAnswerWriter
{
    private const string HeaderLength = "Inference-Header-Content-Length";
    private const int BlockElements = 2_048;

    /// <summary>Numbers of a JSON answer that is made whole before it is sent, with its length.</summary>
    private const long WholeElementsMax = 2_048;

    /// <summary>Bytes that are handed on before more are copied: a slow reader is waited for.</summary>
    private const int FlushBytes = 64 << 10;

    public static async Task WriteAsync(HttpContext context, InferRequest request, ScoreAnswer answer)
    {
        var outputs = request.Ordered(answer.Outputs);
        var (elements, bytes) = Size(request, outputs);
        var response = context.Response;
        if (bytes is null && elements > WholeElementsMax)
        {
            response.ContentType = "application/json";
            await using var json = new Utf8JsonWriter(response.BodyWriter, JsonText.Writing);
            var sender = new JsonSender(json, response.BodyWriter);
            await WriteJsonAsync(sender, request, answer, outputs, context.RequestAborted);
            return;
        }

        // A length goes before the body, so the JSON has to be whole first.
        var header = JsonBuffer.Pool.Get();
        try
        {
            await WriteJsonAsync(new JsonSender(header.Json, null), request, answer, outputs, context.RequestAborted);
            header.Json.Flush();
            response.ContentType = bytes is null ? "application/json" : "application/octet-stream";
            response.ContentLength = header.Length + (bytes ?? 0);
            if (bytes is not null)
            {
                response.Headers[HeaderLength] = header.Length.ToString(CultureInfo.InvariantCulture);
            }

            response.BodyWriter.Write(header.Written);
            await WriteBinaryAsync(context, request, outputs);
        }
        finally
        {
            JsonBuffer.Pool.Return(header);
        }
    }

    /// <summary>Numbers or texts that become JSON, and bytes that do not; null where all is JSON.</summary>
    private static (long Elements, long? Bytes) Size(InferRequest request, ImmutableArray<Tensor> outputs)
    {
        var elements = 0L;
        long? bytes = null;
        foreach (var output in outputs)
        {
            if (request.IsBinary(output.Name))
            {
                bytes = (bytes ?? 0) + output.ByteLength;
            }
            else
            {
                // Texts count by their bytes.
                elements += output.ByteLength / Math.Max(1, output.Type.Size());
            }
        }

        return (elements, bytes);
    }

    private static async ValueTask WriteBinaryAsync(
        HttpContext context, InferRequest request, ImmutableArray<Tensor> outputs)
    {
        var pending = 0;
        foreach (var output in outputs)
        {
            if (!request.IsBinary(output.Name))
            {
                continue;
            }

            context.Response.BodyWriter.Write(output.Bytes);
            pending += output.ByteLength;
            if (pending >= FlushBytes)
            {
                pending = 0;
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
    }

    private static async Task WriteJsonAsync(
        JsonSender sender, InferRequest request, ScoreAnswer answer, ImmutableArray<Tensor> outputs,
        CancellationToken cancellationToken)
    {
        var json = sender.Json;
        json.WriteStartObject();
        json.WriteString("model_name", answer.Replica.Model.Name);
        json.WriteString("model_version", answer.Replica.Model.Version.ToString(CultureInfo.InvariantCulture));
        if (request.Id is not null)
        {
            json.WriteString("id", request.Id);
        }

        json.WriteStartArray("outputs");
        foreach (var output in outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteString("datatype", output.Type.ProtocolName());
            json.WriteStartArray("shape");
            foreach (var dimension in output.Shape.Dimensions)
            {
                json.WriteNumberValue(dimension);
            }

            json.WriteEndArray();
            if (request.IsBinary(output.Name))
            {
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", output.ByteLength);
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("data");
                await WriteDataAsync(sender, output, cancellationToken);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static async Task WriteDataAsync(
        JsonSender sender, Tensor tensor, CancellationToken cancellationToken)
    {
        if (tensor.Type == ElementType.Bytes)
        {
            for (var at = 0; JsonTensorWriter.WriteText(sender.Json, tensor, ref at);)
            {
                await sender.SendAsync(cancellationToken);
            }

            return;
        }

        var count = tensor.ByteLength / tensor.Type.Size();
        for (var start = 0; start < count; start += BlockElements)
        {
            JsonTensorWriter.Write(sender.Json, tensor, start, Math.Min(BlockElements, count - start));
            await sender.SendAsync(cancellationToken);
        }
    }
}
