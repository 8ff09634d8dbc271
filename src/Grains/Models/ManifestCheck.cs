using System.Text;
using ScoringCluster.Core;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Preprocessing;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// A model's <c>scoring.json</c> has to fit it when it is loaded: whoever publishes the model hears of a mistake, not
/// everybody who calls it.
/// </summary>
internal sealed class ManifestCheck : IModelCheck
{
    public string? Check(IReadOnlyList<ModelSignature> signatures, string? manifestJson)
    {
        if (manifestJson is null)
        {
            return null;
        }

        try
        {
            var manifest = ModelManifest.Parse(manifestJson);
            if (manifest.Input.Kind != ManifestInputKind.Image || Fits(manifest, signatures, out var problems))
            {
                return null;
            }

            return problems;
        }
        catch (ManifestException e)
        {
            return e.Message;
        }
    }

    /// <summary>True where some signature takes images as the manifest says.</summary>
    private static bool Fits(ModelManifest manifest, IReadOnlyList<ModelSignature> signatures, out string problems)
    {
        var reasons = new StringBuilder();
        foreach (var signature in signatures)
        {
            try
            {
                _ = new ImagePreprocessor(manifest, signature);
                _ = new ClassScores(manifest, signature);
                problems = "";
                return true;
            }
            catch (ManifestException e)
            {
                reasons.Append(reasons.Length > 0 ? " " : "").Append(
                    signatures.Count > 1 ? $"Signature '{signature.Name}': {e.Message}" : e.Message);
            }
        }

        problems = reasons.ToString();
        return false;
    }
}
