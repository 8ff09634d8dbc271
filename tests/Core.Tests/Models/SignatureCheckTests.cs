namespace ScoringCluster.Core.Tests.Models;

public sealed class SignatureCheckTests
{
    private static readonly ModelSignature _signature = new(
        ModelSignature.Default,
        [
            new TensorSpec("ids", ElementType.Int32, TensorShape.Of(-1, 5)),
            new TensorSpec("x", ElementType.Float32, TensorShape.Of(-1, -1)),
        ],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(-1))],
        Batched: true);

    [Fact]
    public void Check_TensorsThatFit_GivesTheRows()
    {
        var (rows, violations) = Check(_signature, Ids(4, 5), X(4, 9));
        Assert.Empty(violations);
        Assert.Equal(4, rows);
    }

    [Fact]
    public void Check_SeveralMistakes_FindsThemAll()
    {
        var (_, violations) = Check(
            _signature, new TensorSpec("ids", ElementType.Int64, TensorShape.Of(4, 6)), X(4, 9), X(4, 9),
            new TensorSpec("z", ElementType.Bool, TensorShape.Scalar));
        Assert.Equal(
            ["inputs[x]", "inputs[z]", "inputs[ids].datatype", "inputs[ids].shape"], violations.Select(v => v.Field));
        Assert.Equal("expected [-1,5], got [4,6]", violations[^1].Message);
    }

    [Fact]
    public void Check_MissingInput_NamesTypeAndShape()
    {
        var (_, violations) = Check(_signature, Ids(1, 5));
        Assert.Equal([new FaultViolation("inputs[x]", "missing; expected FP32 [-1,-1]")], violations);
    }

    [Fact]
    public void Check_InputsOfDifferentRows_NamesTheirShapes()
    {
        var (_, violations) = Check(_signature, Ids(4, 5), X(3, 9));
        Assert.Contains("ids [4,5], x [3,9]", Assert.Single(violations).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Limits.RowsPerRequestMax + 1)]
    public void Check_RowsOutOfRange_IsAViolation(int rows) =>
        Assert.Single(Check(_signature, Ids(rows, 5), X(rows, 9)).Violations);

    [Fact]
    public void Check_SignatureWithoutInputs_TakesNone()
    {
        var (rows, violations) = Check(_signature with { Inputs = [] });
        Assert.Empty(violations);
        Assert.Equal(1, rows);
    }

    [Fact]
    public void LooksBatched_EveryFirstDimensionVaries_IsTrue()
    {
        Assert.True(ModelSignature.LooksBatched(_signature.Inputs));
        Assert.False(ModelSignature.LooksBatched([.. _signature.Inputs, Ids(1, 5)]));
        Assert.False(ModelSignature.LooksBatched([new TensorSpec("s", ElementType.Bool, TensorShape.Scalar)]));
        Assert.False(ModelSignature.LooksBatched([new TensorSpec("u", ElementType.Bool, TensorShape.UnknownRank)]));
    }

    [Fact]
    public void Invalid_Violations_StandInTheMessageInOrder()
    {
        var fault = ScoringFault.Invalid([new FaultViolation("a", "first"), new FaultViolation("b", "second")]);
        Assert.Equal(FaultKind.RequestInvalid, fault.Kind);
        Assert.Equal("a: first; b: second", fault.Message);
        Assert.Equal(2, fault.Violations.Length);
    }

    private static TensorSpec Ids(params long[] shape) => new("ids", ElementType.Int32, TensorShape.Of(shape));

    private static TensorSpec X(params long[] shape) => new("x", ElementType.Float32, TensorShape.Of(shape));

    private static (int Rows, List<FaultViolation> Violations) Check(
        ModelSignature signature, params TensorSpec[] tensors)
    {
        var violations = new List<FaultViolation>();
        return (SignatureCheck.Check(signature, tensors, violations), violations);
    }
}
