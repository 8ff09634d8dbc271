namespace ScoringCluster.Core.Tests.Tensors;

public sealed class ElementTypesTests
{
    [Theory]
    [InlineData("BOOL", ElementType.Bool, 1)]
    [InlineData("UINT8", ElementType.UInt8, 1)]
    [InlineData("UINT16", ElementType.UInt16, 2)]
    [InlineData("UINT32", ElementType.UInt32, 4)]
    [InlineData("UINT64", ElementType.UInt64, 8)]
    [InlineData("INT8", ElementType.Int8, 1)]
    [InlineData("INT16", ElementType.Int16, 2)]
    [InlineData("INT32", ElementType.Int32, 4)]
    [InlineData("INT64", ElementType.Int64, 8)]
    [InlineData("FP16", ElementType.Float16, 2)]
    [InlineData("BF16", ElementType.BFloat16, 2)]
    [InlineData("FP32", ElementType.Float32, 4)]
    [InlineData("FP64", ElementType.Float64, 8)]
    [InlineData("BYTES", ElementType.Bytes, 0)]
    public void TryParseProtocolName_NameOfTheProtocol_GivesTypeAndSize(string name, ElementType type, int size)
    {
        Assert.True(ElementTypes.TryParseProtocolName(name, out var parsed));
        Assert.Equal(type, parsed);
        Assert.Equal(name, type.ProtocolName());
        Assert.Equal(size, type.Size());
    }

    [Theory]
    [InlineData("")]
    [InlineData("fp32")]
    [InlineData("FP32 ")]
    [InlineData("FLOAT")]
    [InlineData("TYPE_FP32")]
    public void TryParseProtocolName_AnyOtherName_IsFalse(string name) =>
        Assert.False(ElementTypes.TryParseProtocolName(name, out _));
}
