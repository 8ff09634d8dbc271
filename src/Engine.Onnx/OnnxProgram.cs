using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Translation;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Onnx;

/// <summary>A signature as the ONNX model that the engine runs, for tools that run it without the engine.</summary>
/// <param name="InputNames">ONNX name of every input of the signature, in its order.</param>
/// <param name="OutputNames">ONNX name of every output of the signature, in its order.</param>
public sealed record OnnxProgram(
    ModelSignature Signature, byte[] Bytes, IReadOnlyList<string> InputNames, IReadOnlyList<string> OutputNames)
{
    /// <param name="folder">A SavedModel folder.</param>
    /// <param name="signature">Null for the one that a call gets which names none.</param>
    /// <exception cref="ModelLoadException">The folder or the signature cannot be run.</exception>
    public static OnnxProgram Translate(string folder, string? signature)
    {
        try
        {
            using var reader = SavedModelReader.Open(folder);
            var chosen = reader.Signatures.FirstOrDefault(s => s.Name == (signature ?? ModelSignature.Default))
                ?? (signature is null && reader.Signatures is [var only] ? only : null)
                ?? throw new ModelLoadException(
                    $"There is no signature '{signature ?? ModelSignature.Default}'; there is "
                        + $"{string.Join(", ", reader.Signatures.Select(s => s.Name))}.");
            var translated = OnnxTranslator.Translate(reader.Flatten(chosen.Name));
            return new OnnxProgram(chosen, translated.Bytes, translated.InputNames, translated.OutputNames);
        }
        catch (Exception e) when (e is SavedModelException or IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(e.Message, e);
        }
    }
}
