using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Batching;

public sealed class RequestCheckTests
{
    [Theory]
    [InlineData(2, 2, 16, true)]
    [InlineData(2, 2, 15, false)]
    [InlineData(2, 2, 24, false)]
    [InlineData(3, 2, 16, false)]
    [InlineData(2, 3, 24, false)]
    [InlineData(0, 2, 0, false)]
    [InlineData(-2, 2, 16, false)]
    public void Check_Numbers_ShapeRowsAndBytesMustAgree(int rows, int columns, int bytes, bool fits)
    {
        using var tensor = Make("x", ElementType.Float32, TensorShape.Of(rows, columns), new byte[bytes]);

        Assert.Equal(fits, Check(FakeModelRuntime.Signature, tensor, fits ? rows : 2) is null);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 0, 0, 0, 0 }, true)]
    [InlineData(new byte[] { 9, 0, 0, 0, 65, 0, 0, 0, 0 }, false)]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 255, 255, 255, 255 }, false)]
    [InlineData(new byte[] { 1, 0, 0, 0, 65 }, false)]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 0, 0, 0, 0, 0 }, false)]
    public void Check_Strings_LengthsMustFillTheBlock(byte[] bytes, bool fits)
    {
        using var tensor = Make("x", ElementType.Bytes, TensorShape.Of(2), bytes);

        Assert.Equal(fits, Check(FakeModelRuntime.Text, tensor, 2) is null);
    }

    [Fact]
    public void Check_ElementsBeyondAllNumbers_IsAFaultAndNoOverflow()
    {
        using var tensor = Make("x", ElementType.Float32, TensorShape.Of(2, long.MaxValue), new byte[16]);

        var fault = Check(FakeModelRuntime.Ragged, tensor, 2);

        Assert.Equal(FaultKind.RequestInvalid, fault?.Kind);
        Assert.Equal("inputs[x]", Assert.Single(fault!.Violations).Field);
    }

    [Fact]
    public void Check_WrongTypeOrCount_SaysWhatWasExpected()
    {
        using var tensor = Make("x", ElementType.Int32, TensorShape.Of(2, 2), new byte[16]);

        Assert.Contains(
            "expected x FP32[-1,2], got x INT32[2,2]",
            Check(FakeModelRuntime.Signature, tensor, 2)!.Message, StringComparison.Ordinal);
        Assert.Contains(
            "expected 1 tensors, got 0",
            RequestCheck.Check(
                FakeModelRuntime.Signature,
                new BatchRequest { Signature = FakeModelRuntime.Signature, Inputs = [], Rows = 1 })!.Message,
            StringComparison.Ordinal);
    }

    private static ScoringFault? Check(ModelSignature signature, Tensor tensor, int rows) => RequestCheck.Check(
        signature, new BatchRequest { Signature = signature, Inputs = [tensor], Rows = rows });

    private static Tensor Make(string name, ElementType type, TensorShape shape, byte[] bytes) =>
        Tensor.Copy<byte>(TensorBlockPool.Shared, name, type, shape, bytes);
}
