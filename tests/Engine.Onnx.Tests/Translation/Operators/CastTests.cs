using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.Engine.Onnx.Tests.Translation.Operators;

/// <summary>The Cast of <c>Elementwise</c>.</summary>
public sealed class CastTests
{
    private static readonly float[] _fractions = [-2.9f, -2.5f, -1, -0.5f, 0, 0.4f, 0.5f, 1.5f, 2.5f, 100.99f];

    [Fact]
    public void Translate_FloatToIntegers_CutsTowardsZero()
    {
        AssertCast(_fractions, value => (int)value, DataType.DtInt32);
        AssertCast(_fractions, value => (long)value, DataType.DtInt64);
        AssertCast(_fractions, value => (sbyte)value, DataType.DtInt8);
        AssertCast([.. _fractions.Where(value => value >= 0)], value => (byte)value, DataType.DtUint8);
    }

    [Fact]
    public void Translate_ToBool_IsTrueForAllButZero()
    {
        AssertCast(_fractions, value => value != 0, DataType.DtBool);
        AssertCast([-1, 0, 2], value => value != 0, DataType.DtBool);
    }

    [Fact]
    public void Translate_FromBool_IsZeroAndOne()
    {
        AssertCast([true, false], value => value ? 1f : 0f, DataType.DtFloat);
        AssertCast([true, false], value => value ? 1L : 0L, DataType.DtInt64);
    }

    [Fact]
    public void Translate_BetweenIntegers_KeepsTheLowBits()
    {
        AssertCast<long, int>([-1, 3, (1L << 32) + 7, long.MaxValue], value => (int)value, DataType.DtInt32);
        AssertCast<int, byte>([0, 255, 256, -1], value => unchecked((byte)value), DataType.DtUint8);
        AssertCast<int, long>([-5, int.MaxValue], value => value, DataType.DtInt64);
    }

    [Fact]
    public void Translate_BetweenFloats_RoundsToTheNearest()
    {
        AssertCast<float, Half>([0.1f, -2049, 65504, 1e-8f], value => (Half)value, DataType.DtHalf);
        AssertCast<Half, float>([(Half)0.1f, (Half)(-3)], value => (float)value, DataType.DtFloat);
        AssertCast<double, float>([0.1, 1e300, -1e-300], value => (float)value, DataType.DtFloat);
        AssertCast<float, double>([0.1f, -3], value => value, DataType.DtDouble);
    }

    [Fact]
    public void Translate_ToTheSameType_ChangesNothing() =>
        AssertCast([1.5f, float.NaN], value => value, DataType.DtFloat);

    [Theory]
    [InlineData(DataType.DtComplex64)]
    [InlineData(DataType.DtString)]
    public void Translate_ToWhatIsNoNumberOfOurs_IsRefused(DataType to)
    {
        using var graph = new GraphUnderTest()
            .Feed("x", NdArray.Vector(1f)).Node("layer/y = Cast(x)", ("DstT", Attr.Type(to)))
            .Node("z = Cast(layer/y)", ("DstT", Attr.Type(DataType.DtFloat)));
        graph.Sign("z", DataType.DtFloat);

        var refusal = Assert.Throws<Engine.Runtimes.ModelLoadException>(() => graph.Load().Dispose());

        Assert.True(refusal.Refused);
        Assert.Contains("Op Cast of node 'layer/y'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_CastOfAFollowedNumber_KeepsTheLowBitsToo()
    {
        // The number is followed as a slice's end: cut to 32 bits it is −1, not "everything".
        var x = NdArray.Numbers(1, 6);
        using var graph = new GraphUnderTest()
            .Feed("x", x, 0)
            .Constant("wide", NdArray.Vector(long.MaxValue)).Node("end = Cast(wide)", ("DstT",
                Attr.Type(DataType.DtInt32)))
            .Integers("begin", 1).Integers("strides", 1).Node("y = StridedSlice(x, begin, end, strides)");

        NdArray.AssertSame(NdArray.Vector(x.Data[1..5]), graph.Run<float>("y"));
    }

    private static void AssertCast<TFrom, TTo>(TFrom[] values, Func<TFrom, TTo> expected, DataType to)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        var x = NdArray.Vector(values);
        using var graph = new GraphUnderTest().Feed("x", x).Node("y = Cast(x)", ("DstT", Attr.Type(to)));

        NdArray.AssertSame(x.Map(expected), graph.Run<TTo>("y"));
    }
}
