using CsCheck;

namespace ScoringCluster.Core.Tests.Tensors;

public sealed class TensorShapeTests
{
    private static readonly Gen<long[]> _dimensions = Gen.Long[-1, 5].Array[0, 5];

    [Fact]
    public void Default_IsOfUnknownRankAndNoScalar()
    {
        Assert.False(default(TensorShape).HasRank);
        Assert.True(TensorShape.Scalar.HasRank);
        Assert.NotEqual(TensorShape.UnknownRank, TensorShape.Scalar);
        Assert.NotEqual(TensorShape.Scalar, TensorShape.UnknownRank);
        Assert.Throws<InvalidOperationException>(() => TensorShape.UnknownRank.Rank);
    }

    [Fact]
    public void ToString_EachKind_ReadsAsInTheProtocol()
    {
        Assert.Equal("[-1,128,128,1]", TensorShape.Of(-1, 128, 128, 1).ToString());
        Assert.Equal("[]", TensorShape.Scalar.ToString());
        Assert.Equal("unknown", TensorShape.UnknownRank.ToString());
    }

    [Fact]
    public void Equals_SameDimensions_HasTheSameHash() => _dimensions.Sample(dimensions =>
        TensorShape.Of(dimensions) == TensorShape.Of([.. dimensions])
        && TensorShape.Of(dimensions).GetHashCode() == TensorShape.Of([.. dimensions]).GetHashCode());

    [Fact]
    public void ElementCount_StaticShape_IsTheProduct()
    {
        Assert.Equal(1, TensorShape.Scalar.ElementCount());
        Assert.Equal(24, TensorShape.Of(2, 3, 4).ElementCount());
        Assert.Equal(0, TensorShape.Of(5, 0).ElementCount());
    }

    [Fact]
    public void ElementCount_PastTheRange_Throws() =>
        Assert.Throws<OverflowException>(() => TensorShape.Of(1L << 32, 1L << 32).ElementCount());

    [Fact]
    public void ElementCount_VaryingDimension_Throws() =>
        Assert.Throws<InvalidOperationException>(() => TensorShape.Of(-1, 3).ElementCount());

    [Fact]
    public void TryGetRowElements_OnlyTheFirstDimensionVaries_IsTheProductOfTheRest()
    {
        Assert.True(TensorShape.Of(-1, 3, 4).TryGetRowElements(out var elements));
        Assert.Equal(12, elements);
        Assert.True(TensorShape.Of(-1).TryGetRowElements(out elements));
        Assert.Equal(1, elements);
        Assert.False(TensorShape.Of(-1, -1).TryGetRowElements(out _));
        Assert.False(TensorShape.Scalar.TryGetRowElements(out _));
        Assert.False(TensorShape.UnknownRank.TryGetRowElements(out _));
    }

    [Fact]
    public void WithRows_AnyShape_ChangesTheFirstDimensionOnly()
    {
        var shape = TensorShape.Of(-1, 3);
        Assert.Equal(TensorShape.Of(7, 3), shape.WithRows(7));
        Assert.Equal(TensorShape.Of(-1, 3), shape);
    }

    [Fact]
    public void Accepts_ShapeMadeFromTheSignature_IsTrue() => _dimensions.Sample(dimensions =>
        TensorShape.Of(dimensions).Accepts(TensorShape.Of([.. dimensions.Select(d => d < 0 ? 9 : d)])));

    [Fact]
    public void Accepts_OtherRankOrDimension_IsFalse()
    {
        var signature = TensorShape.Of(-1, 3);
        Assert.False(signature.Accepts(TensorShape.Of(1, 4)));
        Assert.False(signature.Accepts(TensorShape.Of(3)));
        Assert.False(signature.Accepts(TensorShape.Of(1, 3, 1)));
        Assert.False(signature.Accepts(TensorShape.UnknownRank));
        Assert.True(TensorShape.UnknownRank.Accepts(TensorShape.Of(1, 4)));
        Assert.True(TensorShape.UnknownRank.Accepts(TensorShape.Scalar));
    }
}
