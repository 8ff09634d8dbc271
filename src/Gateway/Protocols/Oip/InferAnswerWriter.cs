using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>
/// Answers of inference calls: JSON, and binary tensors behind it where they are asked for. Numbers are the shortest
/// that read back the same; NaN and infinities, which JSON lacks, are null.
/// </summary>
internal static class InferAnswerWriter
{
    private const string HeaderLength = "Inference-Header-Content-Length";

    public static async Task WriteAsync(HttpContext context, InferRequest request, ScoreAnswer answer)
    {
        var header = new ArrayBufferWriter<byte>();
        var outputs = Ordered(request, answer);
        using (var json = new Utf8JsonWriter(header, JsonText.Writing))
        {
            WriteHeader(json, request, answer, outputs);
        }

        var binary = outputs.Where(o => request.IsBinary(o.Name)).ToList();
        var response = context.Response;
        response.ContentType = binary.Count > 0 ? "application/octet-stream" : "application/json";
        response.ContentLength = header.WrittenCount + binary.Sum(o => (long)o.ByteLength);
        if (binary.Count > 0)
        {
            response.Headers[HeaderLength] = header.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        response.BodyWriter.Write(header.WrittenSpan);
        foreach (var output in binary)
        {
            response.BodyWriter.Write(output.Bytes);
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>In the order asked for, else the signature's.</summary>
    private static List<Tensor> Ordered(InferRequest request, ScoreAnswer answer) => request.Outputs.Count == 0
        ? [.. answer.Outputs]
        : [.. request.Outputs.Select(o => answer.Outputs.First(t => t.Name == o.Name))];

    private static void WriteHeader(Utf8JsonWriter json, InferRequest request, ScoreAnswer answer, List<Tensor> outputs)
    {
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
                WriteData(json, output);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, Tensor tensor)
    {
        switch (tensor.Type)
        {
            case ElementType.Float32:
                foreach (var value in tensor.Values<float>())
                {
                    WriteFinite(json, float.IsFinite(value), value, static (j, v) => j.WriteNumberValue(v));
                }

                break;
            case ElementType.Float64:
                foreach (var value in tensor.Values<double>())
                {
                    WriteFinite(json, double.IsFinite(value), value, static (j, v) => j.WriteNumberValue(v));
                }

                break;
            case ElementType.Float16:
                foreach (var value in tensor.Values<Half>())
                {
                    WriteFinite(json, Half.IsFinite(value), (float)value, static (j, v) => j.WriteNumberValue(v));
                }

                break;
            case ElementType.BFloat16:
                foreach (var value in tensor.Values<ushort>())
                {
                    var widened = BitConverter.UInt32BitsToSingle((uint)value << 16);
                    WriteFinite(json, float.IsFinite(widened), widened, static (j, v) => j.WriteNumberValue(v));
                }

                break;
            case ElementType.Bool:
                foreach (var value in tensor.Bytes)
                {
                    json.WriteBooleanValue(value != 0);
                }

                break;
            case ElementType.Bytes:
                WriteTexts(json, tensor);
                break;
            default:
                WriteIntegers(json, tensor);
                break;
        }
    }

    private static void WriteFinite<T>(Utf8JsonWriter json, bool finite, T value, Action<Utf8JsonWriter, T> write)
    {
        if (finite)
        {
            write(json, value);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteIntegers(Utf8JsonWriter json, Tensor tensor)
    {
        for (var i = 0; i < tensor.ByteLength / tensor.Type.Size(); i++)
        {
            switch (tensor.Type)
            {
                case ElementType.UInt64:
                    json.WriteNumberValue(tensor.Values<ulong>()[i]);
                    break;
                default:
                    json.WriteNumberValue(tensor.Type switch
                    {
                        ElementType.UInt8 => tensor.Bytes[i],
                        ElementType.Int8 => tensor.Values<sbyte>()[i],
                        ElementType.UInt16 => tensor.Values<ushort>()[i],
                        ElementType.Int16 => tensor.Values<short>()[i],
                        ElementType.UInt32 => tensor.Values<uint>()[i],
                        ElementType.Int32 => tensor.Values<int>()[i],
                        _ => tensor.Values<long>()[i],
                    });
                    break;
            }
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, Tensor tensor)
    {
        var rest = (ReadOnlySpan<byte>)tensor.Bytes;
        while (rest.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);

            // Bytes that are no UTF-8 show as replacement characters; the binary form has them exactly.
            json.WriteStringValue(Encoding.UTF8.GetString(rest.Slice(sizeof(uint), length)));
            rest = rest[(sizeof(uint) + length)..];
        }
    }
}
