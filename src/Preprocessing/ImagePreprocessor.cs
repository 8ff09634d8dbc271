using System.Runtime.InteropServices;
using ScoringCluster.Core;
using ScoringCluster.Preprocessing.Images;

namespace ScoringCluster.Preprocessing;

/// <summary>Encoded images to rows of a signature's input, as the manifest says. Thread-safe.</summary>
public sealed class ImagePreprocessor
{
    private readonly ManifestInput _input;
    private readonly float[] _scale;
    private readonly float[] _mean;
    private readonly float[] _std;
    private readonly bool _affine;

    /// <exception cref="ManifestException">The manifest does not fit the signature; lists all that is wrong.</exception>
    public ImagePreprocessor(ModelManifest manifest, ModelSignature signature)
    {
        _input = manifest.Input;
        Input = Check(manifest, signature);
        RowBytes = checked(_input.Height * _input.Width * _input.Channels * Input.Type.Size());
        _scale = [.. Enumerable.Repeat((float)_input.Scale, _input.Channels)];
        _mean = [.. (_input.Mean ?? [.. new double[_input.Channels]]).Select(m => (float)m)];
        _std = [.. (_input.Std ?? Enumerable.Repeat(1.0, _input.Channels)).Select(s => (float)s)];
        _affine = _input.Mean is not null || _input.Std is not null;
    }

    /// <summary>The input that is filled: [−1, height, width, channels], FP32 or UINT8.</summary>
    public TensorSpec Input { get; }

    /// <summary>Bytes of one row.</summary>
    public int RowBytes { get; }

    /// <summary>
    /// Decodes, resizes and scales one image into one row. UINT8 inputs are rounded to the nearest whole value, half to
    /// even, and clamped to 0…255.
    /// </summary>
    /// <param name="row"><see cref="RowBytes"/> bytes.</param>
    /// <returns>Null, or why this image cannot be read.</returns>
    public ScoringFault? Read(ReadOnlySpan<byte> encoded, Span<byte> row)
    {
        if (ImageDecoder.Decode(encoded, _input.Channels, out var image) is { } fault)
        {
            return fault;
        }

        var pixels = ImageResizer.Resize(image, _input.Width, _input.Height, _input.Resize);
        if (Input.Type == ElementType.UInt8)
        {
            for (var i = 0; i < pixels.Length; i++)
            {
                row[i] = (byte)Math.Clamp(MathF.Round(Scaled(pixels[i], i)), 0, 255);
            }

            return null;
        }

        var values = MemoryMarshal.Cast<byte, float>(row);
        for (var i = 0; i < pixels.Length; i++)
        {
            values[i] = Scaled(pixels[i], i);
        }

        return null;
    }

    private float Scaled(float pixel, int index)
    {
        var channel = index % _scale.Length;
        var scaled = pixel * _scale[channel];
        return _affine ? (scaled - _mean[channel]) / _std[channel] : scaled;
    }

    private static TensorSpec Check(ModelManifest manifest, ModelSignature signature)
    {
        var problems = new List<string>();
        var input = manifest.Input;
        var spec = signature.FindInput(input.Tensor);
        var shape = TensorShape.Of(TensorShape.Any, input.Height, input.Width, input.Channels);
        if (spec is null)
        {
            problems.Add($"$.input.tensor: the signature has no input '{input.Tensor}'; it has {Names(signature.Inputs)}");
        }
        else
        {
            if (spec.Type is not (ElementType.Float32 or ElementType.UInt8))
            {
                problems.Add($"$.input.tensor: '{spec.Name}' is {spec.Type.ProtocolName()}; images become FP32 or UINT8");
            }

            if (!spec.Shape.Accepts(shape.WithRows(1)))
            {
                problems.Add($"$.input: images of {shape} do not fit '{spec.Name}' {spec.Shape}");
            }
        }

        if (signature.Inputs.Length > 1)
        {
            problems.Add($"$.input: the signature has the inputs {Names(signature.Inputs)}; an image fills one");
        }

        if (signature.FindOutput(manifest.Output.Tensor) is not { } output)
        {
            problems.Add($"$.output.tensor: the signature has no output '{manifest.Output.Tensor}'; it has {Names(signature.Outputs)}");
        }
        else if (ClassScores.Problem(manifest, output) is { } problem)
        {
            problems.Add(problem);
        }

        return problems.Count == 0 ? new TensorSpec(spec!.Name, spec.Type, shape) : throw new ManifestException(problems);
    }

    private static string Names(IEnumerable<TensorSpec> specs) => string.Join(", ", specs.Select(s => $"'{s.Name}'"));
}
