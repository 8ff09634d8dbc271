using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Core;
using ScoringCluster.Engine.Onnx.Translation;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Onnx;

/// <summary>The embedded engine: SavedModel → flat graph → ONNX in memory → ONNX Runtime on the CPU.</summary>
public sealed class OnnxRuntimeEngine : IModelRuntime
{
    /// <inheritdoc />
    public string Name => "onnx";

    /// <inheritdoc />
    public string Version { get; } =
        $"{OrtEnv.Instance().GetVersionString()}/{OnnxTranslator.Version}";

    /// <inheritdoc />
    public IModel Load(ModelLoadRequest request, CancellationToken cancellationToken)
    {
        var plans = new List<SignaturePlan>();
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var sessions = new Dictionary<string, OnnxSessions>(StringComparer.Ordinal);
        try
        {
            using var reader = SavedModelReader.Open(request.Folder, request.Tags);
            foreach (var (name, reason) in reader.Broken)
            {
                refused[name] = reason;
            }

            RequireSignatures(request, [.. reader.Signatures.Select(s => s.Name), .. reader.Broken.Keys]);
            foreach (var signature in reader.Signatures.Where(s => request.Signatures?.Contains(s.Name) ?? true))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    plans.Add(Plan(request, reader, signature, sessions));
                }
                catch (ModelLoadException e) when (e.Refused)
                {
                    refused[signature.Name] = e.Message;
                }
                catch (SavedModelException e) when (e.Unsupported)
                {
                    refused[signature.Name] = e.Message;
                }
            }

            if (plans.Count == 0)
            {
                throw new ModelLoadException(
                    $"The embedded engine runs no signature of {request.Model}: "
                        + $"{string.Join("; ", refused.Select(r => $"{r.Key}: {r.Value}"))}")
                { Refused = true };
            }

            return new OnnxModel(plans, refused, [.. sessions.Values], request.Slots);
        }
        catch (Exception e)
        {
            foreach (var session in sessions.Values)
            {
                session.Dispose();
            }

            if (e is SavedModelException or OnnxRuntimeException or IOException or UnauthorizedAccessException)
            {
                throw new ModelLoadException(e.Message, e);
            }

            throw;
        }
    }

    private static void RequireSignatures(ModelLoadRequest request, IReadOnlyList<string> there)
    {
        if (request.Signatures?.Except(there).ToList() is { Count: > 0 } missing)
        {
            throw new ModelLoadException(
                $"{request.Model} has no signature '{string.Join("', '", missing)}'; it has "
                + $"'{string.Join("', '", there)}'.");
        }
    }

    /// <summary>Signatures over the same function translate to the same bytes, and share a session.</summary>
    private static SignaturePlan Plan(
        ModelLoadRequest request, SavedModelReader reader, ModelSignature signature,
            Dictionary<string, OnnxSessions> sessions)
    {
        var translated = OnnxTranslator.Translate(reader.Flatten(signature.Name));
        var digest = Convert.ToHexString(SHA256.HashData(translated.Bytes));
        if (!sessions.TryGetValue(digest, out var session))
        {
            try
            {
                session = new OnnxSessions(translated, request.Slots, request.ThreadsPerSlot);
            }
            catch (OnnxRuntimeException e)
            {
                // ONNX Runtime has no kernel for some op on some type: the model is sound, this engine cannot run it.
                throw new ModelLoadException(
                    $"ONNX Runtime does not take signature '{signature.Name}': "
                        + $"{OnnxErrors.Explain(e, translated.Origins)}", e)
                { Refused = true };
            }

            sessions.Add(digest, session);
        }

        return new SignaturePlan(signature, session, translated.InputNames, translated.OutputNames);
    }
}

/// <summary>A signature, the sessions that run it, and its tensors' names there.</summary>
internal sealed record SignaturePlan(
    ModelSignature Signature, OnnxSessions Sessions, IReadOnlyList<string> InputNames,
        IReadOnlyList<string> OutputNames);
