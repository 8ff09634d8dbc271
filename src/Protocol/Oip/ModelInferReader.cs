using System.Buffers;
using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>Reads a <c>ModelInferRequest</c>; unknown fields are passed over, as protobuf asks.</summary>
internal static class ModelInferReader
{
    /// <summary>Never throws for what callers send: <see cref="ModelInferCall.Problem"/> says what is wrong.</summary>
    /// <param name="typedBytesMax">What elements that are sent by type may take as tensors, in bytes.</param>
    public static ModelInferCall Read(
        ReadOnlySequence<byte> message, TensorBlockPool pool, long typedBytesMax = Limits.RequestBytesMax)
    {
        var call = new ModelInferCall();
        var room = new ContentsRoom(typedBytesMax);
        try
        {
            Read(new WireReader(message), call, ref room, pool);
            call.IsTooLarge = room.IsExceeded;
        }
        catch (InvalidDataException e)
        {
            call.Problem = $"The request is no ModelInferRequest: {e.Message}.";
        }

        return call;
    }

    private static void Read(
        WireReader reader, ModelInferCall call, ref ContentsRoom room, TensorBlockPool pool)
    {
        while (reader.Next(out var field, out var kind))
        {
            switch (field, kind)
            {
                case (1, WireReader.Kind.Bytes):
                    call.ModelName = reader.Text();
                    break;
                case (2, WireReader.Kind.Bytes):
                    call.ModelVersion = reader.Text();
                    break;
                case (3, WireReader.Kind.Bytes):
                    call.Id = reader.Text();
                    break;
                case (4, WireReader.Kind.Bytes):
                    ReadParameter(new WireReader(reader.Bytes()), call.Parameters);
                    break;
                case (5, WireReader.Kind.Bytes):
                    Bound(call.Inputs.Count);
                    call.Inputs.Add(ReadInput(reader.Bytes(), ref room, pool));
                    break;
                case (6, WireReader.Kind.Bytes):
                    Bound(call.Outputs.Count);
                    ReadOutput(new WireReader(reader.Bytes()), call);
                    break;
                case (7, WireReader.Kind.Bytes):
                    Bound(call.Raw.Count);
                    call.Raw.Add(Copy(reader.Bytes(), pool));
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }
    }

    private static void Bound(int count)
    {
        if (count >= Limits.TensorsPerRequestMax)
        {
            throw new InvalidDataException($"it has more than {Limits.TensorsPerRequestMax} tensors");
        }
    }

    private static ModelInferInput ReadInput(
        ReadOnlySequence<byte> message, ref ContentsRoom room, TensorBlockPool pool)
    {
        var input = new ModelInferInput();
        var reader = new WireReader(message);
        var hasContents = false;
        while (reader.Next(out var field, out var kind))
        {
            switch (field, kind)
            {
                case (1, WireReader.Kind.Bytes):
                    input.Name = reader.Text();
                    break;
                case (2, WireReader.Kind.Bytes):
                    input.DataType = reader.Text();
                    break;
                case (3, WireReader.Kind.Bytes):
                    ReadShape(new WireReader(reader.Bytes()), input.Shape);
                    break;
                case (3, WireReader.Kind.Varint):
                    AddDimension(input.Shape, reader.Varint());
                    break;
                case (5, WireReader.Kind.Bytes):
                    reader.Skip(kind);
                    hasContents = true;
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        // Only now are type and shape known for sure: protobuf allows fields in any order.
        if (hasContents)
        {
            TensorContentsReader.Read(message, input, ref room, pool);
        }

        return input;
    }

    private static void ReadShape(WireReader packed, List<long> shape)
    {
        while (packed.NextPacked(out var dimension))
        {
            AddDimension(shape, dimension);
        }
    }

    private static void AddDimension(List<long> shape, ulong dimension)
    {
        if (shape.Count >= Limits.TensorRankMax)
        {
            throw new InvalidDataException($"a shape has more than {Limits.TensorRankMax} dimensions");
        }

        shape.Add((long)dimension);
    }

    private static void ReadOutput(WireReader reader, ModelInferCall call)
    {
        var name = "";
        var parameters = new Dictionary<string, object>(StringComparer.Ordinal);
        while (reader.Next(out var field, out var kind))
        {
            switch (field, kind)
            {
                case (1, WireReader.Kind.Bytes):
                    name = reader.Text();
                    break;
                case (2, WireReader.Kind.Bytes):
                    ReadParameter(new WireReader(reader.Bytes()), parameters);
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        call.Outputs.Add(name);
        if (parameters.ContainsKey("classification"))
        {
            call.Classifications.Add(name);
        }
    }

    /// <summary>An entry of <c>map&lt;string, InferParameter&gt;</c>.</summary>
    private static void ReadParameter(WireReader entry, Dictionary<string, object> parameters)
    {
        var (name, value) = ("", (object?)null);
        while (entry.Next(out var field, out var kind))
        {
            switch (field, kind)
            {
                case (1, WireReader.Kind.Bytes):
                    name = entry.Text();
                    break;
                case (2, WireReader.Kind.Bytes):
                    value = ReadValue(new WireReader(entry.Bytes()));
                    break;
                default:
                    entry.Skip(kind);
                    break;
            }
        }

        if (value is not null && parameters.Count < Limits.TensorsPerRequestMax)
        {
            parameters[name] = value;
        }
    }

    private static object? ReadValue(WireReader reader)
    {
        object? value = null;
        while (reader.Next(out var field, out var kind))
        {
            switch (field, kind)
            {
                case (1, WireReader.Kind.Varint):
                    value = reader.Varint() != 0;
                    break;
                case (2, WireReader.Kind.Varint):
                    value = (long)reader.Varint();
                    break;
                case (3, WireReader.Kind.Bytes):
                    value = reader.Text();
                    break;
                case (4, WireReader.Kind.Fixed64):
                    value = BitConverter.UInt64BitsToDouble(reader.Fixed64());
                    break;
                case (5, WireReader.Kind.Varint):
                    value = reader.Varint();
                    break;
                default:
                    reader.Skip(kind);
                    break;
            }
        }

        return value;
    }

    private static WireBytes Copy(ReadOnlySequence<byte> bytes, TensorBlockPool pool)
    {
        var length = (int)bytes.Length;
        var block = pool.Rent(length);
        bytes.CopyTo(block.Span(length));
        return new WireBytes(block, length);
    }
}
