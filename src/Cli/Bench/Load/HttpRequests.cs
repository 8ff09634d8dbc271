using System.Globalization;
using System.Text;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>Inference requests of the Open Inference Protocol, head and body in one piece.</summary>
internal static class HttpRequests
{
    public static byte[] Json(BenchTarget target, BenchCall call) =>
        Whole(target, "application/json", "", Body(call, binary: false), []);

    public static byte[] Binary(BenchTarget target, BenchCall call)
    {
        var json = Body(call, binary: true);
        var inputs = call.Model.Inputs(call.Rows, call.Variant);
        byte[] blobs = [.. inputs.SelectMany(input => input.Bytes.ToArray())];
        Array.ForEach(inputs, input => input.Dispose());
        return Whole(
            target, "application/octet-stream", $"Inference-Header-Content-Length: {json.Length}\r\n", json, blobs);
    }

    private static byte[] Body(BenchCall call, bool binary)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("parameters");
            json.WriteString("signature_name", call.Model.Signature.Name);
            if (binary)
            {
                json.WriteBoolean("binary_data_output", true);
            }

            json.WriteEndObject();

            json.WriteStartArray("inputs");
            foreach (var input in call.Model.Inputs(call.Rows, call.Variant))
            {
                Write(json, input, binary);
                input.Dispose();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, Tensor input, bool binary)
    {
        json.WriteStartObject();
        json.WriteString("name", input.Name);
        json.WriteStartArray("shape");
        foreach (var dimension in input.Shape.Dimensions)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteString("datatype", input.Type.ProtocolName());
        if (binary)
        {
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", input.ByteLength);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data");
            foreach (var value in AnswerCheck.ToFloats(input.Bytes, input.Type))
            {
                WriteValue(json, input.Type, value);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Real numbers in the shortest form that reads back the same.</summary>
    private static void WriteValue(Utf8JsonWriter json, ElementType type, float value)
    {
        if (type == ElementType.Bool)
        {
            json.WriteBooleanValue(value != 0);
        }
        else if (type.IsFloating())
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNumberValue((long)value);
        }
    }

    private static byte[] Whole(BenchTarget target, string type, string header, byte[] json, byte[] blobs)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v2/models/{target.Model}/infer HTTP/1.1\r\nHost: 127.0.0.1:{target.Http.Port}\r\n"
                + $"Content-Type: {type}\r\n{header}Content-Length: {json.Length + blobs.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. json, .. blobs];
    }
}
