using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Tests;

public sealed class ClassScoresTests
{
    [Fact]
    public void Read_Probabilities_AreKeptAndTheLargestIsPredicted()
    {
        var (scores, predicted) = Read(Create(ScoreKind.Probabilities, 3, null), [0.2f, 0.5f, 0.3f]);
        Assert.Equal([0.2f, 0.5f, 0.3f], scores);
        Assert.Equal(1, predicted);
    }

    [Fact]
    public void Read_EqualProbabilities_PredictsTheFirst() =>
        Assert.Equal(0, Read(Create(ScoreKind.Probabilities, 3, null), [0.4f, 0.4f, 0.2f]).Predicted);

    [Fact]
    public void Read_Logits_GoThroughSoftmax()
    {
        var (scores, predicted) = Read(Create(ScoreKind.Logits, 3, null), [0, MathF.Log(3), MathF.Log(6)]);
        Assert.Equal([0.1f, 0.3f, 0.6f], scores.Select(s => MathF.Round(s, 6)));
        Assert.Equal(2, predicted);
    }

    [Fact]
    public void Read_HugeLogits_DoNotOverflow() =>
        Assert.Equal([0, 1, 0], Read(Create(ScoreKind.Logits, 3, null), [-3e38f, 3e38f, 0]).Scores);

    [Fact]
    public void Read_SigmoidColumn_IsTheSecondClass()
    {
        var (scores, predicted) = Read(Create(ScoreKind.Probabilities, 1, null), [0.75f]);
        Assert.Equal([0.25f, 0.75f], scores);
        Assert.Equal(1, predicted);
    }

    [Theory]
    [InlineData(-1000f, 1f, 0f)]
    [InlineData(0f, 0.5f, 0.5f)]
    [InlineData(1000f, 0f, 1f)]
    public void Read_LogitColumn_GoesThroughTheSigmoid(float logit, float first, float second) =>
        Assert.Equal([first, second], Read(Create(ScoreKind.Logits, 1, null), [logit]).Scores);

    [Theory]
    [InlineData(0.29f, 0)]
    [InlineData(0.3f, 1)]
    [InlineData(0.9f, 1)]
    public void Read_Threshold_DecidesForTheSecondClassFromThereOn(float probability, int predicted) =>
        Assert.Equal(predicted, Read(Create(ScoreKind.Probabilities, 1, 0.3), [probability]).Predicted);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Read_NoNumber_IsTheModelsFault(float value)
    {
        var scores = Create(ScoreKind.Probabilities, 3, null);
        var fault = scores.Read(MemoryMarshal.AsBytes<float>([0, value, 0]), new float[3], out _);
        Assert.Equal(FaultKind.ModelFailed, fault?.Kind);
    }

    [Fact]
    public void Read_RowOfAnotherWidth_IsTheModelsFault()
    {
        var signature = ImageModel.Signature([], ElementType.Float32, -1, -1);
        var scores = new ClassScores(Manifest(ScoreKind.Probabilities, 3, null), signature);
        var fault = scores.Read(MemoryMarshal.AsBytes<float>([0, 1]), new float[3], out _);
        Assert.Equal("Output 'scores' has 2 values a row, expected 3.", fault?.Message);
    }

    [Fact]
    public void Read_RowOfATensor_IsThatRow()
    {
        using var tensor = Tensor.Copy<float>(
            TensorBlockPool.Shared, "scores", ElementType.Float32, TensorShape.Of(2, 3), [1, 0, 0, 0, 0, 1]);
        var values = new float[3];
        Assert.Null(Create(ScoreKind.Probabilities, 3, null).Read(tensor, 1, values, out var predicted));
        Assert.Equal([0, 0, 1], values);
        Assert.Equal(2, predicted);
    }

    [Fact]
    public void Read_OtherFloatingTypes_AreRead()
    {
        AssertReads(ElementType.Float64, MemoryMarshal.AsBytes<double>([0.25, 0.75]));
        AssertReads(ElementType.Float16, MemoryMarshal.AsBytes<Half>([(Half)0.25, (Half)0.75]));
        AssertReads(ElementType.BFloat16, [0x80, 0x3E, 0x40, 0x3F]);

        static void AssertReads(ElementType type, ReadOnlySpan<byte> row)
        {
            var manifest = Manifest(ScoreKind.Probabilities, 2, null);
            var values = new float[2];
            Assert.Null(new ClassScores(manifest, ImageModel.Signature([], type, -1, 2)).Read(row, values, out _));
            Assert.Equal([0.25f, 0.75f], values);
        }
    }

    [Fact]
    public void ClassesOf_ManifestWithoutNames_CountsFromZero()
    {
        var manifest = Manifest(ScoreKind.Probabilities, 3, null) with { Classes = [] };
        Assert.Equal(["0", "1", "2", "3"], ClassScores.ClassesOf(manifest, Output(4)));
        Assert.Equal(["0", "1"], ClassScores.ClassesOf(manifest, Output(1)));

        static ModelSignature Output(int columns) => ImageModel.Signature([], ElementType.Float32, -1, columns);
    }

    [Theory]
    [InlineData(ElementType.Float32, "3 are named", new long[] { -1, 4 })]
    [InlineData(ElementType.Float32, "3 are named", new long[] { -1, 1 })]
    [InlineData(ElementType.Int64, "expected floating [N,classes]", new long[] { -1, 3 })]
    [InlineData(ElementType.Float32, "expected floating [N,classes]", new long[] { -1, 8, 8, 3 })]
    public void Create_OutputThatDoesNotFit_SaysWhy(ElementType type, string why, long[] shape)
    {
        var error = Assert.Throws<ManifestException>(
            () => new ClassScores(Manifest(ScoreKind.Probabilities, 3, null), ImageModel.Signature([], type, shape)));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_OutputThatIsNotThere_NamesThoseThatAre()
    {
        var manifest = Manifest(ScoreKind.Probabilities, 3, null);
        manifest = manifest with { Output = new ManifestOutput { Tensor = "logits" } };
        var error = Assert.Throws<ManifestException>(
            () => new ClassScores(manifest, ImageModel.Signature([], ElementType.Float32, -1, 3)));
        Assert.Contains("there is no 'logits'", error.Message, StringComparison.Ordinal);
        Assert.Contains("scores FP32[-1,3]", error.Message, StringComparison.Ordinal);
    }

    private static ModelManifest Manifest(ScoreKind kind, int columns, double? threshold) =>
        ImageModel.Manifest(1, 1, 1) with
        {
            Classes = columns < 3 ? ["no", "yes"] : ["a", "b", "c"],
            Output = new ManifestOutput { Kind = kind },
            Threshold = threshold,
        };

    private static ClassScores Create(ScoreKind kind, int columns, double? threshold) =>
        new(Manifest(kind, columns, threshold), ImageModel.Signature([], ElementType.Float32, -1, columns));

    private static (float[] Scores, int Predicted) Read(ClassScores scores, float[] row)
    {
        var values = new float[scores.Classes.Length];
        Assert.Null(scores.Read(MemoryMarshal.AsBytes<float>(row), values, out var predicted));
        return (values, predicted);
    }
}
