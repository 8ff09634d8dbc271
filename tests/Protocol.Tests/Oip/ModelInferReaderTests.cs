using CsCheck;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;
using static ScoringCluster.Protocol.Tests.Oip.WireBuilder;

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

    [Fact]
    public void Read_OfDamagedBytes_NeverThrows()
    {
        var request = new ModelInferRequest { ModelName = "model" };
        request.Inputs.Add(Input("FP32", new() { Fp32Contents = { 1, 2, 3 } }, 3));
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
    }

    [Fact]
    public void Read_OfAMessageThatEndsAnywhere_GivesEveryBlockBack()
    {
        var request = new ModelInferRequest { ModelName = "model" };
        request.Inputs.Add(
        [
            Input("FP32", new() { Fp32Contents = { 1, 2, 3 } }, 3), Input("INT64", new() { Int64Contents = { -1 } }, 1),
            Input("BYTES", new() { BytesContents = { ByteString.CopyFrom(new byte[300]) } }, 1),
        ]);
        request.RawInputContents.Add([ByteString.CopyFrom(new byte[40]), ByteString.CopyFrom(new byte[700])]);
        var whole = request.ToByteArray();
        using var pool = new TensorBlockPool(TimeProvider.System);
        using (var call = ModelInferReader.Read(new(whole), pool))
        {
            Assert.Null(call.Problem);
            Assert.Equal(0, pool.HeldBytes);
        }

        // Blocks of all five; one that a shorter message took and kept would be missing from then on.
        var held = pool.HeldBytes;
        Assert.Equal(256 + 256 + 512 + 256 + 1_024, held);
        for (var length = 0; length < whole.Length; length++)
        {
            using (var call = ModelInferReader.Read(InPieces(whole[..length], 7), pool))
            {
                Assert.True(call.Problem is not null || call.Raw.Count < 2);
            }

            Assert.Equal(held, pool.HeldBytes);
        }
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

    /// <summary>Protobuf texts are Unicode: no halves of surrogate pairs.</summary>
    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);
}
