using System.Runtime.InteropServices;
using ScoringCluster.Core;

namespace ScoringCluster.Preprocessing.Tests;

/// <summary>An image classifier on paper, and rows as it would get them.</summary>
internal static class ImageModel
{
    public static readonly string[] Classes = ["a", "b", "c"];

    public static ModelManifest Manifest(
        int height, int width, int channels, ResizeMethod resize = ResizeMethod.Bilinear, double scale = 1) => new()
        {
            Classes = [.. Classes],
            Input = new ManifestInput
            {
                Kind = ManifestInputKind.Image,
                Tensor = "pixels",
                Height = height,
                Width = width,
                Channels = channels,
                Resize = resize,
                Scale = scale,
            },
        };

    public static ModelSignature Signature(ElementType type, params long[] input) =>
        Signature([new TensorSpec("pixels", type, TensorShape.Of(input))], ElementType.Float32, -1, 3);

    public static ModelSignature Signature(TensorSpec[] inputs, ElementType output, params long[] shape) => new(
        ModelSignature.Default, [.. inputs], [new TensorSpec("scores", output, TensorShape.Of(shape))], true);

    /// <summary>The preprocessor of <paramref name="manifest"/> for FP32.</summary>
    public static ImagePreprocessor Preprocessor(ModelManifest manifest) => new(
        manifest,
        Signature(ElementType.Float32, -1, manifest.Input.Height, manifest.Input.Width, manifest.Input.Channels));

    /// <summary>The image as pixels of 0 to 255 at the given size, which must be read without fault.</summary>
    public static float[] Read(byte[] encoded, int height, int width, int channels) =>
        Read(Preprocessor(Manifest(height, width, channels)), encoded);

    public static float[] Read(ImagePreprocessor preprocessor, byte[] encoded)
    {
        var row = new byte[preprocessor.RowBytes];
        Assert.Null(preprocessor.Read(encoded, row));
        return MemoryMarshal.Cast<byte, float>(row).ToArray();
    }

    /// <summary>The message of the fault that the image must cause.</summary>
    public static string Fault(byte[] encoded)
    {
        var preprocessor = Preprocessor(Manifest(4, 4, 1));
        var fault = preprocessor.Read(encoded, new byte[preprocessor.RowBytes]);
        Assert.NotNull(fault);
        Assert.Equal(FaultKind.InputUnreadable, fault.Kind);
        return fault.Message;
    }
}
