using System.Buffers;
using CsCheck;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;

namespace ScoringCluster.Protocol.Tests.Oip;

/// <summary>The hand-written reader against what generated types write.</summary>
public sealed class ModelInferReaderTests : IDisposable
{
    private readonly TensorBlockPool _pool = new(TimeProvider.System);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Read_OfAnyRequest_InAnyPieces_IsWhatWasWritten()
    {
        var tensors = Gen.Select(Gen.String[0, 8], Gen.Long[0, 300].Array[0, 5], Gen.Byte.Array[0, 300]).Array[0, 4];
        Gen.Select(Gen.String[0, 20], Gen.String[0, 20], tensors, Gen.Int[1, 50]).Sample(
            (name, id, inputs, pieces) =>
            {
                var request = new ModelInferRequest { ModelName = Clean(name), Id = Clean(id) };
                foreach (var (tensor, shape, bytes) in inputs)
                {
                    var input = new ModelInferRequest.Types.InferInputTensor { Name = Clean(tensor) };
                    input.Datatype = "UINT8";
                    input.Shape.Add(shape);
                    request.Inputs.Add(input);
                    request.RawInputContents.Add(ByteString.CopyFrom(bytes));
                }

                using var call = ModelInferReader.Read(InPieces(request.ToByteArray(), pieces), _pool);

                Assert.Null(call.Problem);
                Assert.Equal((request.ModelName, request.Id), (call.ModelName, call.Id));
                Assert.Equal(inputs.Select(i => Clean(i.Item1)), call.Inputs.Select(i => i.Name));
                Assert.Equal(inputs.Select(i => i.Item2), call.Inputs.Select(i => i.Shape.ToArray()));
                Assert.Equal(inputs.Select(i => i.Item3), call.Raw.Select(raw => raw.Bytes.ToArray()));
            },
            iter: 300);
    }

    [Fact]
    public void Read_OfParametersAndOutputs_HasEachKind()
    {
        var request = new ModelInferRequest { ModelName = "m", ModelVersion = "3" };
        request.Parameters.Add("flag", new InferParameter { BoolParam = true });
        request.Parameters.Add("whole", new InferParameter { Int64Param = -5 });
        request.Parameters.Add("text", new InferParameter { StringParam = "ü" });
        request.Parameters.Add("real", new InferParameter { DoubleParam = 0.1 });
        request.Parameters.Add("large", new InferParameter { Uint64Param = ulong.MaxValue });
        var labels = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "b" };
        labels.Parameters.Add("classification", new InferParameter { Int64Param = 3 });
        request.Outputs.Add([new() { Name = "a" }, labels]);

        using var call = ModelInferReader.Read(new(request.ToByteArray()), _pool);

        Assert.Equal("3", call.ModelVersion);
        Assert.Equal(true, call.Parameters["flag"]);
        Assert.Equal(-5L, call.Parameters["whole"]);
        Assert.Equal("ü", call.Parameters["text"]);
        Assert.Equal(0.1, call.Parameters["real"]);
        Assert.Equal(ulong.MaxValue, call.Parameters["large"]);
        Assert.Equal(["a", "b"], call.Outputs);
        Assert.Equal(["b"], call.Classifications);
    }

    public static TheoryData<string, InferTensorContents, byte[]> Contents() => new()
    {
        { "BOOL", new() { BoolContents = { true, false } }, [1, 0] },
        { "INT8", new() { IntContents = { -1, 127 } }, [255, 127] },
        { "INT16", new() { IntContents = { -2, 258 } }, [254, 255, 2, 1] },
        { "INT32", new() { IntContents = { -2 } }, [254, 255, 255, 255] },
        { "INT64", new() { Int64Contents = { long.MinValue } }, [0, 0, 0, 0, 0, 0, 0, 128] },
        { "UINT8", new() { UintContents = { 255 } }, [255] },
        { "UINT16", new() { UintContents = { 65_535 } }, [255, 255] },
        { "UINT32", new() { UintContents = { uint.MaxValue } }, [255, 255, 255, 255] },
        { "UINT64", new() { Uint64Contents = { ulong.MaxValue } }, [255, 255, 255, 255, 255, 255, 255, 255] },
        { "FP32", new() { Fp32Contents = { 1.5f } }, BitConverter.GetBytes(1.5f) },
        { "FP64", new() { Fp64Contents = { -0.1 } }, BitConverter.GetBytes(-0.1) },
        {
            "BYTES", new() { BytesContents = { ByteString.CopyFrom(7), ByteString.Empty } },
            [1, 0, 0, 0, 7, 0, 0, 0, 0]
        },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void Read_OfTypedContents_IsPackedAsTheTypeIs(string type, InferTensorContents contents, byte[] packed)
    {
        using var call = Read(type, contents);

        Assert.Null(call.Inputs[0].Problem);
        Assert.Equal(packed, call.Inputs[0].Contents!.Bytes.ToArray());
    }

    [Theory]
    [InlineData("INT8", 128)]
    [InlineData("INT8", -129)]
    [InlineData("INT16", 32_768)]
    public void Read_OfANumberThatDoesNotFit_SaysSo(string type, int value)
    {
        using var call = Read(type, new InferTensorContents { IntContents = { value } });

        Assert.Equal($"a number is no {type}", call.Inputs[0].Problem);
        Assert.Null(call.Inputs[0].Contents);
    }

    [Theory]
    [InlineData("FP16")]
    [InlineData("BF16")]
    public void Read_OfATypeWithoutAField_SaysSo(string type)
    {
        using var call = Read(type, new InferTensorContents { Fp32Contents = { 1 } });

        Assert.Equal($"{type} travels as raw contents only", call.Inputs[0].Problem);
    }

    [Fact]
    public void Read_OfDamagedBytes_NeverThrowsAndGivesEveryBlockBack()
    {
        var request = new ModelInferRequest { ModelName = "model" };
        var input = new ModelInferRequest.Types.InferInputTensor
        {
            Name = "x",
            Datatype = "FP32",
            Contents = new InferTensorContents { Fp32Contents = { 1, 2, 3 } },
        };
        input.Shape.Add(3);
        request.Inputs.Add(input);
        request.RawInputContents.Add(ByteString.CopyFrom(new byte[40]));
        var whole = request.ToByteArray();
        Gen.Select(Gen.Int[0, whole.Length], Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[1, 9]).Sample(
            (length, at, value, pieces) =>
            {
                var damaged = whole[..length];
                if (at < length)
                {
                    damaged[at] = value;
                }

                using var call = ModelInferReader.Read(InPieces(damaged, pieces), _pool);
            },
            iter: 2_000);

        using var pool = new TensorBlockPool(TimeProvider.System);
        ModelInferReader.Read(new(whole[..^1]), pool).Dispose();
        Assert.Equal(256, pool.HeldBytes);
    }

    [Fact]
    public void Read_OfMoreTensorsThanAllowed_SaysSo()
    {
        var request = new ModelInferRequest();
        for (var i = 0; i <= Limits.TensorsPerRequestMax; i++)
        {
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor());
        }

        using var call = ModelInferReader.Read(new(request.ToByteArray()), _pool);

        Assert.Contains($"more than {Limits.TensorsPerRequestMax} tensors", call.Problem, StringComparison.Ordinal);
    }

    private ModelInferCall Read(string type, InferTensorContents contents)
    {
        var request = new ModelInferRequest();
        request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Datatype = type, Contents = contents });
        return ModelInferReader.Read(new(request.ToByteArray()), _pool);
    }

    /// <summary>Protobuf texts are Unicode: no halves of surrogate pairs.</summary>
    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);

    private static ReadOnlySequence<byte> InPieces(byte[] bytes, int size)
    {
        Piece? first = null, last = null;
        for (var at = 0; at < bytes.Length; at += size)
        {
            last = new Piece(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
            first ??= last;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
