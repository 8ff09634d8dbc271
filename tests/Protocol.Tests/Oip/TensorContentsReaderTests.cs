using System.Runtime.InteropServices;
using CsCheck;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.Protocol.Oip;
using static ScoringCluster.Protocol.Tests.Oip.WireBuilder;

namespace ScoringCluster.Protocol.Tests.Oip;

/// <summary>Elements that are sent by type, in every form that protobuf allows.</summary>
public sealed class TensorContentsReaderTests : IDisposable
{
    private readonly TensorBlockPool _pool = new(TimeProvider.System);

    public void Dispose() => _pool.Dispose();

    public static TheoryData<string, InferTensorContents, int, byte[]> Contents() => new()
    {
        { "BOOL", new() { BoolContents = { true, false } }, 2, [1, 0] },
        { "INT8", new() { IntContents = { -1, 127 } }, 2, [255, 127] },
        { "INT16", new() { IntContents = { -2, 258 } }, 2, [254, 255, 2, 1] },
        { "INT32", new() { IntContents = { -2 } }, 1, [254, 255, 255, 255] },
        { "INT64", new() { Int64Contents = { long.MinValue } }, 1, [0, 0, 0, 0, 0, 0, 0, 128] },
        { "UINT8", new() { UintContents = { 255 } }, 1, [255] },
        { "UINT16", new() { UintContents = { 65_535 } }, 1, [255, 255] },
        { "UINT32", new() { UintContents = { uint.MaxValue } }, 1, [255, 255, 255, 255] },
        { "UINT64", new() { Uint64Contents = { ulong.MaxValue } }, 1, [255, 255, 255, 255, 255, 255, 255, 255] },
        { "FP32", new() { Fp32Contents = { 1.5f } }, 1, BitConverter.GetBytes(1.5f) },
        { "FP64", new() { Fp64Contents = { -0.1 } }, 1, BitConverter.GetBytes(-0.1) },
        {
            "BYTES", new() { BytesContents = { ByteString.CopyFrom(7), ByteString.Empty } }, 2,
            [1, 0, 0, 0, 7, 0, 0, 0, 0]
        },
    };

    [Theory]
    [MemberData(nameof(Contents))]
    public void Read_OfTypedContents_IsPackedAsTheTypeIs(
        string type, InferTensorContents contents, int elements, byte[] packed)
    {
        using var call = Read(Input(type, contents, elements).ToByteArray());

        Assert.Null(call.Inputs[0].Problem);
        Assert.Equal(packed, call.Inputs[0].Contents!.Bytes.ToArray());
    }

    [Fact]
    public void Read_OfAnyNumbers_InAnyPieces_IsWhatWasWritten() =>
        Gen.Select(Gen.OneOf(Gen.Long, Gen.Long[-200, 200]).Array[0, 100], Gen.Int[1, 40]).Sample(
            (numbers, pieces) =>
            {
                var contents = new InferTensorContents { Int64Contents = { numbers } };
                var message = Message(5, Input("INT64", contents, numbers.Length).ToByteArray());

                using var call = ModelInferReader.Read(InPieces(message, pieces), _pool);

                Assert.Null(call.Problem);
                Assert.Equal(numbers.Length > 0, call.Inputs[0].HasContents);
                Assert.Equal(
                    numbers, MemoryMarshal.Cast<byte, long>(call.Inputs[0].Contents?.Bytes.ToArray()).ToArray());
            },
            iter: 300);

    public static TheoryData<string, byte[], byte[]> UnpackedContents() => new()
    {
        { "BOOL", [.. Varint(1, 7), .. Varint(1, 0)], [1, 0] },
        { "INT16", [.. Varint(2, unchecked((ulong)-2)), .. Varint(2, 1)], [254, 255, 1, 0] },
        { "UINT16", [.. Message(4, [1], [2]), .. Varint(4, 515)], [1, 0, 2, 0, 3, 2] },
        { "INT64", [.. Varint(3, 1), .. Message(3, [2])], [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] },
        { "FP32", [.. Fixed32(6, 1), .. Message(6, [0, 0, 0, 64]), .. Fixed32(6, 3)], Floats(1, 2, 3) },
        { "FP64", [.. Fixed64(7, -0.1), .. Message(7, BitConverter.GetBytes(0.2))], Doubles(-0.1, 0.2) },
    };

    [Theory]
    [MemberData(nameof(UnpackedContents))]
    public void Read_OfUnpackedAndPackedContents_IsInTheOrderSent(string type, byte[] contents, byte[] packed)
    {
        Assert.True(ElementTypes.TryParseProtocolName(type, out var element));
        var elements = (ulong)(packed.Length / element.Size());

        using var call = Read(Text(2, type), Varint(3, elements), Message(5, contents));

        Assert.Null(call.Inputs[0].Problem);
        Assert.Equal(packed, call.Inputs[0].Contents!.Bytes.ToArray());
    }

    [Fact]
    public void Read_OfContentsBeforeTypeAndShape_AndOfSeveral_JoinsThem()
    {
        using var call = Read(
            Message(5, Fixed32(6, 1)), Text(2, "FP32"), Message(5), Message(5, Fixed32(6, 2), Fixed32(6, 3)),
            Message(3, [3]), Text(1, "x"));

        Assert.Null(call.Inputs[0].Problem);
        Assert.Equal(Floats(1, 2, 3), call.Inputs[0].Contents!.Bytes.ToArray());
    }

    [Fact]
    public void Read_OfUnknownFields_PassesOverThem()
    {
        byte[][] unknown = [Varint(20, ulong.MaxValue), Fixed32(21, 1), Fixed64(22, 1), Text(536_870_911, "later")];
        byte[][] contents = [.. unknown, Fixed32(6, 1), .. unknown];

        using var call = Read([.. unknown, Text(2, "FP32"), Varint(3, 1), Message(5, contents), .. unknown]);

        Assert.Null(call.Problem);
        Assert.Null(call.Inputs[0].Problem);
        Assert.Equal(Floats(1), call.Inputs[0].Contents!.Bytes.ToArray());
    }

    [Theory]
    [InlineData("packed")]
    [InlineData("unpacked")]
    [InlineData("tag")]
    [InlineData("shape")]
    public void Read_OfANumberOfMoreThanTenBytes_IsNoMessage_AndGivesTheBlockBack(string where)
    {
        byte[] overlong = [.. Enumerable.Repeat((byte)0x80, 10), 0];
        byte[] contents = where switch
        {
            "packed" => Message(3, [1], overlong),
            "unpacked" => [.. Varint(3, 1), 3 << 3, .. overlong],
            "tag" => [.. Varint(3, 1), .. Varint(3, 2), .. overlong],
            _ => [.. Varint(3, 1), .. Varint(3, 2)],
        };

        using var call = Read(
            Text(2, "INT64"), where == "shape" ? Message(3, overlong) : Varint(3, 2), Message(5, contents));

        Assert.Contains("more than 64 bits", call.Problem, StringComparison.Ordinal);
        Assert.Equal(where == "packed" ? 256 : 0, _pool.HeldBytes);
    }

    [Fact]
    public void Read_OfPackedNumbersThatEndWithinOne_IsNoMessage_AndGivesTheBlockBack()
    {
        using var call = Read(Text(2, "INT64"), Varint(3, 1), Message(5, Message(3, [1, 0x80])));

        Assert.Contains("ends within a value", call.Problem, StringComparison.Ordinal);
        Assert.Equal(256, _pool.HeldBytes);
    }

    [Theory]
    [InlineData("INT8", 128)]
    [InlineData("INT8", -129)]
    [InlineData("INT16", 32_768)]
    public void Read_OfANumberThatDoesNotFit_SaysSo_AndGivesTheBlockBack(string type, int value)
    {
        using var call = Read(Input(type, new InferTensorContents { IntContents = { value } }, 1).ToByteArray());

        Assert.Equal($"a number is no {type}", call.Inputs[0].Problem);
        Assert.Null(call.Inputs[0].Contents);
        Assert.Equal(256, _pool.HeldBytes);
    }

    [Theory]
    [InlineData("FP32", "a number is no FP32")]
    [InlineData("FP64", "elements of FP64 are expected in fp64_contents, got field 6 of the contents")]
    [InlineData("FP16", "FP16 travels as raw contents only")]
    [InlineData("BF16", "BF16 travels as raw contents only")]
    public void Read_OfElementsThatAreNoneOfTheType_SaysSo(string type, string problem)
    {
        using var call = Read(Text(2, type), Varint(3, 1), Message(5, Message(6, [1, 2, 3])));

        Assert.Equal(problem, call.Inputs[0].Problem);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Theory]
    [InlineData(0, "0 elements are expected for INT64 [0,2], got 3")]
    [InlineData(1, "2 elements are expected for INT64 [1,2], got 3")]
    [InlineData(2, "4 elements are expected for INT64 [2,2], got 3")]
    public void Read_OfOtherThanTheShapesElements_SaysSoAndTakesNoBlock(long rows, string problem)
    {
        var contents = new InferTensorContents { Int64Contents = { 1, 2, 300 } };

        Read(Input("INT64", contents, rows, 2).ToByteArray()).Dispose();
        using var call = Read(Input("INT64", contents, rows, 2).ToByteArray());

        Assert.Equal(problem, call.Inputs[0].Problem);
        Assert.Null(call.Inputs[0].Contents);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Theory]
    [InlineData("INT64", -1, 2)]
    [InlineData("INT64", 1L << 31, 0)]
    [InlineData("INT64", 1L << 30, 1L << 30)]
    [InlineData("INT7", 1, 1)]
    public void Read_OfATypeOrAShapeThatIsNone_LeavesItToThoseWhoKnowTheProtocol(string type, long rows, long columns)
    {
        using var call = Read(
            Input(type, new InferTensorContents { Int64Contents = { 1 } }, rows, columns).ToByteArray());

        Assert.Null(call.Inputs[0].Problem);
        Assert.Null(call.Inputs[0].Contents);
        Assert.True(call.Inputs[0].HasContents);
        Assert.Equal(0, _pool.HeldBytes);
    }

    [Theory]
    [InlineData(240, false)]
    [InlineData(239, true)]
    public void Read_OfMoreThanARequestMayHave_SaysSo(int max, bool tooLarge)
    {
        // Ten bytes of message are 80 of a tensor, twice; and each text has its length before it.
        var numbers = Input("INT64", new InferTensorContents { Int64Contents = { new long[10] } }, 10);
        var text = ByteString.CopyFrom(new byte[16]);
        var texts = Input("BYTES", new InferTensorContents { BytesContents = { text, text, text, text } }, 4);
        var request = new ModelInferRequest { Inputs = { numbers, numbers, texts } };

        using var call = ModelInferReader.Read(new(request.ToByteArray()), _pool, max);

        Assert.Equal(tooLarge, call.IsTooLarge);
        Assert.Equal(tooLarge, call.Inputs[2].Contents is null);
        Assert.All(call.Inputs, input => Assert.Null(input.Problem));
    }

    [Fact]
    public void Read_OfManyElements_TakesNothingOfTheManagedHeap()
    {
        var contents = new InferTensorContents { Int64Contents = { new long[100_000] } };
        var message = Message(5, Input("INT64", contents, 100_000).ToByteArray());
        ModelInferReader.Read(new(message), _pool).Dispose();

        var before = GC.GetAllocatedBytesForCurrentThread();
        ModelInferReader.Read(new(message), _pool).Dispose();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    private ModelInferCall Read(params byte[][] input) => ModelInferReader.Read(new(Message(5, input)), _pool);

    private static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private static byte[] Doubles(params double[] values) => MemoryMarshal.AsBytes<double>(values).ToArray();
}
