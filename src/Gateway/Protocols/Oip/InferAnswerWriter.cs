using System.Buffers;
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

    public static async Task WriteAsync(HttpContext context, InferRequest request, ScoreAnswer answer)
    {
        var outputs = request.Ordered(answer.Outputs);
        var binary = outputs.Where(o => request.IsBinary(o.Name)).ToList();
        var response = context.Response;
        if (binary.Count == 0)
        {
            response.ContentType = "application/json";
            await using var json = new Utf8JsonWriter(response.BodyWriter, JsonText.Writing);
            var sender = new JsonSender(json, response.BodyWriter);
            await WriteJsonAsync(sender, request, answer, outputs, context.RequestAborted);
            return;
        }

        // Its length goes before it, so this JSON has to be whole first.
        var header = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(header, JsonText.Writing))
        {
            await WriteJsonAsync(new JsonSender(json, null), request, answer, outputs, context.RequestAborted);
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = header.WrittenCount + binary.Sum(o => (long)o.ByteLength);
        response.Headers[HeaderLength] = header.WrittenCount.ToString(CultureInfo.InvariantCulture);
        response.BodyWriter.Write(header.WrittenSpan);
        foreach (var output in binary)
        {
            response.BodyWriter.Write(output.Bytes);
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task WriteJsonAsync(
        JsonSender sender, InferRequest request, ScoreAnswer answer, IReadOnlyList<Tensor> outputs,
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
