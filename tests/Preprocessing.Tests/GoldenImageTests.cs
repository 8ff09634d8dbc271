using System.Runtime.InteropServices;
using System.Text.Json;
using ScoringCluster.Core;
using ScoringCluster.TestKit;

namespace ScoringCluster.Preprocessing.Tests;

/// <summary>Real images against the tensors that TensorFlow's own preprocessing made of them.</summary>
public sealed class GoldenImageTests
{
    private const string Manifest = """
        {"format":1,"task":"classification","classes":["benign","malignant","normal"],
         "input":{"kind":"image","tensor":"keras_tensor","height":128,"width":128,"channels":1,"resize":"bilinear",
                  "scale":0.00392156862745098,"mean":null,"std":null},
         "output":{"tensor":"output_0","kind":"probabilities"},"threshold":null}
        """;

    [Fact]
    public void Read_UltrasoundImages_EqualsTheStoredTensors()
    {
        if (SharedData.Models is not { } models || SharedData.Data is not { } data)
        {
            Assert.Skip(SharedData.Missing);
            return;
        }

        var signature = new ModelSignature(
            ModelSignature.Default,
            [new TensorSpec("keras_tensor", ElementType.Float32, TensorShape.Of(-1, 128, 128, 1))],
            [new TensorSpec("output_0", ElementType.Float32, TensorShape.Of(-1, 3))],
            true);
        var preprocessor = new ImagePreprocessor(ModelManifest.Parse(Manifest), signature);
        var row = new byte[preprocessor.RowBytes];
        var compared = 0;
        using var listed = JsonDocument.Parse(File.ReadAllText(Path.Combine(models, "busi_cnn", "io", "images.json")));
        foreach (var image in listed.RootElement.GetProperty("images").EnumerateArray())
        {
            var path = image.GetProperty("path").GetString()!;
            Assert.Null(preprocessor.Read(File.ReadAllBytes(Path.Combine(data, path)), row));
            if (image.TryGetProperty("preprocessed", out var file))
            {
                var stored = File.ReadAllBytes(Path.Combine(models, "busi_cnn", file.GetString()!));
                AssertClose(path, MemoryMarshal.Cast<byte, float>(stored), MemoryMarshal.Cast<byte, float>(row));
                compared++;
            }
        }

        Assert.Equal(3, compared);
    }

    private static void AssertClose(string path, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var error = MathF.Abs(expected[i] - actual[i]);
            var allowed = 1e-6f * MathF.Abs(expected[i]);
            Assert.True(error <= allowed, $"{path}[{i}]: expected {expected[i]}, got {actual[i]}");
        }
    }
}
