namespace ScoringCluster.Core.Tests.Manifests;

public sealed class ManifestAssumptionTests
{
    private static readonly TensorSpec _image = new("pixels", ElementType.Float32, TensorShape.Of(-1, 96, 80, 3));
    private static readonly TensorSpec _scores = new("scores", ElementType.Float32, TensorShape.Of(-1, 4));

    [Fact]
    public void Assume_ImageClassifier_TakesSizeFromTheInputAndClassesFromTheOutput()
    {
        var manifest = ModelManifest.Assume(Signature([_image], [_scores]));
        Assert.True(manifest.Assumed);
        Assert.Equal("pixels", manifest.Input.Tensor);
        Assert.Equal((96, 80, 3), (manifest.Input.Height, manifest.Input.Width, manifest.Input.Channels));
        Assert.Equal(ResizeMethod.Bilinear, manifest.Input.Resize);
        Assert.Equal(1 / 255.0, manifest.Input.Scale);
        Assert.Equal(["0", "1", "2", "3"], manifest.Classes);
        Assert.Equal(new ManifestOutput { Tensor = "scores" }, manifest.Output);
    }

    [Fact]
    public void Assume_BytesInput_DoesNotScale()
    {
        var signature = Signature([_image with { Type = ElementType.UInt8 }], [_scores]);
        Assert.Equal(1, ModelManifest.Assume(signature).Input.Scale);
    }

    [Fact]
    public void Assume_SingleColumn_HasTwoClasses() => Assert.Equal(
        ["0", "1"],
        ModelManifest.Assume(Signature([_image], [_scores with { Shape = TensorShape.Of(-1, 1) }])).Classes);

    [Fact]
    public void Assume_WrittenAndRead_IsAManifestLikeAnyOther()
    {
        var manifest = ModelManifest.Assume(Signature([_image], [_scores]));
        var read = ModelManifest.Parse(manifest.ToJson());
        Assert.False(read.Assumed);
        Assert.Equal(manifest.ToJson(), read.ToJson());
    }

    [Theory]
    [InlineData(ElementType.Float32, new long[] { -1, -1, -1, 3 })]
    [InlineData(ElementType.Float32, new long[] { -1, 96, 80, 2 })]
    [InlineData(ElementType.Float32, new long[] { -1, 96, 80, -1 })]
    [InlineData(ElementType.Float32, new long[] { -1, 30 })]
    [InlineData(ElementType.Int32, new long[] { -1, 96, 80, 3 })]
    public void Assume_InputThatIsNoImage_SaysSo(ElementType type, long[] shape) => AssertRefused(
        Signature([new TensorSpec("x", type, TensorShape.Of(shape))], [_scores]), "is no image of known size");

    [Theory]
    [InlineData(ElementType.Float32, new long[] { -1, -1 })]
    [InlineData(ElementType.Float32, new long[] { -1, 8, 8, 2 })]
    [InlineData(ElementType.Int64, new long[] { -1, 4 })]
    public void Assume_OutputThatIsNoScores_SaysSo(ElementType type, long[] shape) => AssertRefused(
        Signature([_image], [new TensorSpec("y", type, TensorShape.Of(shape))]), "holds no scores");

    [Fact]
    public void Assume_SeveralInputsAndOutputs_NamesBothCounts()
    {
        var signature = Signature([_image, _image with { Name = "b" }], [_scores, _scores with { Name = "b" }]);
        AssertRefused(signature, "it has 2 inputs");
        AssertRefused(signature, "it has 2 outputs");
    }

    private static void AssertRefused(ModelSignature signature, string why) => Assert.Contains(
        why, Assert.Throws<ManifestException>(() => ModelManifest.Assume(signature)).Message, StringComparison.Ordinal);

    private static ModelSignature Signature(TensorSpec[] inputs, TensorSpec[] outputs) =>
        new(ModelSignature.Default, [.. inputs], [.. outputs], Batched: true);
}
