using ScoringCluster.Core;
using ScoringCluster.Preprocessing.Tests.Images;

namespace ScoringCluster.Preprocessing.Tests;

public sealed class ImagePreprocessorTests
{
    [Fact]
    public void Read_ScaleOf255th_EqualsDivisionBy255InFloat()
    {
        var file = new PngFile(256, 1, 8, PngColor.Grey).Encode([.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        var manifest = ImageModel.Manifest(1, 256, 1, scale: 0.00392156862745098);
        var expected = Enumerable.Range(0, 256).Select(i => i / 255f);
        Assert.Equal(expected, ImageModel.Read(ImageModel.Preprocessor(manifest), file));
    }

    [Fact]
    public void Read_MeanAndStd_AreThoseOfTheChannelAndFollowTheScale()
    {
        var file = new PngFile(2, 1, 8, PngColor.Rgb).Encode([10, 20, 40, 50, 60, 80]);
        var manifest = ImageModel.Manifest(1, 2, 3, scale: 0.5);
        manifest = manifest with { Input = manifest.Input with { Mean = [1, 2, 4], Std = [2, 4, 8] } };
        Assert.Equal([2, 2, 2, 12, 7, 4.5f], ImageModel.Read(ImageModel.Preprocessor(manifest), file));
    }

    [Fact]
    public void Read_MeanWithoutStd_OnlySubtracts()
    {
        var file = new PngFile(1, 1, 8, PngColor.Grey).Encode([10]);
        var manifest = ImageModel.Manifest(1, 1, 1);
        manifest = manifest with { Input = manifest.Input with { Mean = [127.5] } };
        Assert.Equal([-117.5f], ImageModel.Read(ImageModel.Preprocessor(manifest), file));
    }

    [Fact]
    public void Read_BytesOfTheModelsSize_StayAsTheyAre() =>
        Assert.Equal([0, 1, 127, 128, 254, 255], ReadBytes([0, 1, 127, 128, 254, 255], 6, 6));

    [Fact]
    public void Read_ResizedBytes_RoundHalvesToEven() =>
        Assert.Equal([0, 2, 4], ReadBytes([0, 1, 1, 2, 3, 4], 6, 3));

    [Theory]
    [InlineData(new long[] { -1, 4, 4, 1 })]
    [InlineData(new long[] { -1, -1, -1, 1 })]
    [InlineData(new long[] { -1, -1, -1, -1 })]
    [InlineData(new long[] { -1, 4, 4 })]
    public void Input_OfASignatureThatFits_HasTheManifestsSize(long[] shape)
    {
        var preprocessor = new ImagePreprocessor(
            ImageModel.Manifest(4, 4, 1), ImageModel.Signature(ElementType.Float32, shape));
        var expected = shape.Length == 3 ? TensorShape.Of(-1, 4, 4) : TensorShape.Of(-1, 4, 4, 1);
        Assert.Equal(expected, preprocessor.Input.Shape);
        Assert.Equal(64, preprocessor.RowBytes);
    }

    [Fact]
    public void Input_OfUnknownRank_HasTheManifestsShape()
    {
        var signature = ImageModel.Signature(
            [new TensorSpec("pixels", ElementType.UInt8, TensorShape.UnknownRank)], ElementType.Float32, -1, 3);
        var preprocessor = new ImagePreprocessor(ImageModel.Manifest(4, 5, 3), signature);
        Assert.Equal(TensorShape.Of(-1, 4, 5, 3), preprocessor.Input.Shape);
        Assert.Equal(60, preprocessor.RowBytes);
    }

    [Theory]
    [InlineData(ElementType.Float32, "does not fit the signature's pixels FP32[-1,4,5,1]", new long[] { -1, 4, 5, 1 })]
    [InlineData(ElementType.Float32, "does not fit the signature's pixels FP32[-1,4,4,3]", new long[] { -1, 4, 4, 3 })]
    [InlineData(ElementType.Float32, "does not fit the signature's pixels FP32[-1,16]", new long[] { -1, 16 })]
    [InlineData(ElementType.Int64, "FP32 or UINT8, and the signature has pixels INT64", new long[] { -1, 4, 4, 1 })]
    [InlineData(ElementType.UInt8, "as they are, without scale, mean or std", new long[] { -1, 4, 4, 1 })]
    public void Create_SignatureThatDoesNotFit_SaysWhy(ElementType type, string why, long[] shape)
    {
        var manifest = ImageModel.Manifest(4, 4, 1, scale: 1 / 255.0);
        var error = Assert.Throws<ManifestException>(
            () => new ImagePreprocessor(manifest, ImageModel.Signature(type, shape)));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ManifestOfAnotherTensor_NamesBoth()
    {
        var manifest = ImageModel.Manifest(4, 4, 1);
        manifest = manifest with { Input = manifest.Input with { Tensor = "images" } };
        var error = Assert.Throws<ManifestException>(
            () => new ImagePreprocessor(manifest, ImageModel.Signature(ElementType.Float32, -1, 4, 4, 1)));
        Assert.Contains("expected 'images'", error.Message, StringComparison.Ordinal);
        Assert.Contains("pixels FP32[-1,4,4,1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_SignatureWithASecondInput_IsRefused()
    {
        var signature = ImageModel.Signature(
            [
                new TensorSpec("pixels", ElementType.Float32, TensorShape.Of(-1, 4, 4, 1)),
                new TensorSpec("threshold", ElementType.Float32, TensorShape.Of(-1)),
            ],
            ElementType.Float32, -1, 3);
        Assert.Throws<ManifestException>(() => new ImagePreprocessor(ImageModel.Manifest(4, 4, 1), signature));
    }

    [Fact]
    public void Create_ImageLargerThanARequest_IsRefused()
    {
        var manifest = ImageModel.Manifest(16_384, 16_384, 3);
        var error = Assert.Throws<ManifestException>(() => ImageModel.Preprocessor(manifest));
        Assert.Contains($"{Limits.RequestBytesMax} bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RowOfAnotherLength_IsAMistakeOfTheCaller() =>
        Assert.Throws<ArgumentException>(
            () => ImageModel.Preprocessor(ImageModel.Manifest(4, 4, 1)).Read([], new byte[63]));

    private static byte[] ReadBytes(byte[] pixels, int from, int to)
    {
        var preprocessor = new ImagePreprocessor(
            ImageModel.Manifest(1, to, 1), ImageModel.Signature(ElementType.UInt8, -1, 1, to, 1));
        var row = new byte[to];
        Assert.Null(preprocessor.Read(new PngFile(from, 1, 8, PngColor.Grey).Encode(pixels), row));
        return row;
    }
}
