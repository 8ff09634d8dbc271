using System.Buffers;
using System.Text.Json;
using ScoringCluster.Core;

namespace ScoringCluster.Cli.Bench.Servers;

/// <summary>JSON of the floor server in the plainest way: reader and writer of the framework, by number.</summary>
internal static class FloorJson
{
    /// <summary>Inputs in the signature's order, flat, of a request that is known to be right.</summary>
    public static Tensor[] Read(ReadOnlySpan<byte> body, BenchModel model)
    {
        var tensors = new List<Tensor>();
        var json = new Utf8JsonReader(body);
        var rows = 0L;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("shape"u8))
            {
                json.Read();
                json.Read();
                rows = json.GetInt64();
            }
            else if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("data"u8))
            {
                json.Read();
                var spec = model.Signature.Inputs[tensors.Count];
                var tensor = Tensor.Rent(
                    TensorBlockPool.Shared, spec.Name, spec.Type, spec.Shape.WithRows(rows));
                tensors.Add(tensor);
                Fill(ref json, tensor);
            }
        }

        return [.. tensors];
    }

    public static void Write(IBufferWriter<byte> buffer, BenchModel model, Tensor[] outputs, bool binary)
    {
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("model_name", model.Name);
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
            if (binary)
            {
                json.WriteStartObject("parameters");
                json.WriteNumber("binary_data_size", output.ByteLength);
                json.WriteEndObject();
            }
            else
            {
                WriteData(json, output);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter json, Tensor output)
    {
        json.WriteStartArray("data");
        if (output.Type == ElementType.Float32)
        {
            foreach (var value in output.Values<float>())
            {
                json.WriteNumberValue(value);
            }
        }
        else
        {
            foreach (var value in AnswerCheck.ToFloats(output.Bytes, output.Type))
            {
                json.WriteNumberValue(value);
            }
        }

        json.WriteEndArray();
    }

    private static void Fill(ref Utf8JsonReader json, Tensor tensor)
    {
        if (tensor.Type == ElementType.Float32)
        {
            foreach (ref var value in tensor.Values<float>())
            {
                json.Read();
                value = json.GetSingle();
            }

            return;
        }

        var size = tensor.Type.Size();
        for (var at = 0; at < tensor.ByteLength; at += size)
        {
            json.Read();
            var value = json.TokenType == JsonTokenType.True ? 1 : json.TokenType == JsonTokenType.False ? 0
                : json.GetDouble();
            Put(tensor.Bytes.Slice(at, size), tensor.Type, value);
        }
    }

    private static void Put(Span<byte> element, ElementType type, double value)
    {
        switch (type)
        {
            case ElementType.Float64:
                BitConverter.TryWriteBytes(element, value);
                break;
            case ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Bytes:
                throw new InvalidDataException($"{type} is not read from JSON here.");
            default:
                // Whole numbers are little-endian, whatever their size.
                Span<byte> whole = stackalloc byte[sizeof(long)];
                BitConverter.TryWriteBytes(whole, (long)value);
                whole[..element.Length].CopyTo(element);
                break;
        }
    }
}
