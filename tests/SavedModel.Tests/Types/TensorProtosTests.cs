using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Types;

namespace ScoringCluster.SavedModel.Tests.Types;

public sealed class TensorProtosTests
{
    [Fact]
    public void Read_OfFewerValuesThanElements_RepeatsTheLast()
    {
        var tensor = Tensor(DataType.DtInt16, 5);
        tensor.IntVal.AddRange([-7, 9]);

        Assert.Equal([(short)-7, 9, 9, 9, 9], new TensorProtos().Read(tensor, "Const").Values<short>().ToArray());
    }

    [Fact]
    public void Read_OfNoValues_IsZeros() =>
        Assert.Equal(new double[3], new TensorProtos().Read(Tensor(DataType.DtDouble, 3), "Const").Values<double>());

    [Fact]
    public void Read_OfHalfPrecision_KeepsTheBits()
    {
        var tensor = Tensor(DataType.DtBfloat16, 2);
        tensor.HalfVal.Add(0xBF80);

        var read = new TensorProtos().Read(tensor, "Const");

        Assert.Equal(ElementType.BFloat16, read.Type);
        Assert.Equal([(ushort)0xBF80, 0xBF80], read.Values<ushort>().ToArray());
    }

    [Fact]
    public void Read_OfStrings_RepeatsTheLast()
    {
        var tensor = Tensor(DataType.DtString, 3);
        tensor.StringVal.Add(ByteString.CopyFrom(0xff, 0));

        Assert.All(new TensorProtos().Read(tensor, "Const").Strings, text => Assert.Equal([0xff, 0], text.ToArray()));
    }

    [Fact]
    public void Read_OfContentThatIsNotTheShapes_NamesTheOwner()
    {
        var tensor = Tensor(DataType.DtFloat, 2, 2);
        tensor.TensorContent = ByteString.CopyFrom(new byte[15]);

        var error = Assert.Throws<SavedModelException>(() => new TensorProtos().Read(tensor, "Const 'w'"));
        Assert.Contains("Const 'w' declares FP32[2,2] but holds 15 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfManyRepeatedValues_BoundsThemTogether()
    {
        var constants = new TensorProtos();
        var half = Tensor(DataType.DtInt8, (Limits.UnfoldedConstantBytesMax / 2) + 1);
        constants.Read(half, "Const 'first'");

        Assert.Contains("'second'", Assert.Throws<SavedModelException>(() =>
            constants.Read(half, "Const 'second'")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue, 3L)]
    [InlineData(-1L, 3L)]
    public void Read_OfAShapeThatNoTensorHas_NamesTheOwner(long first, long second) =>
        Assert.Contains("'w'", Assert.Throws<SavedModelException>(() =>
            new TensorProtos().Read(Tensor(DataType.DtFloat, first, second), "Const 'w'")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Read_OfATypeThatWeDoNotHave_IsUnsupported()
    {
        var error = Assert.Throws<SavedModelException>(() =>
            new TensorProtos().Read(Tensor(DataType.DtComplex64, 1), "Const 'w'"));

        Assert.True(error.Unsupported);
        Assert.Contains("complex64", error.Message, StringComparison.Ordinal);
    }

    private static TensorProto Tensor(DataType type, params long[] shape) =>
        new() { Dtype = type, TensorShape = ModelBuilder.ShapeProto(shape) };
}
