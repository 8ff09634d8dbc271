using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Preprocessing;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>How a model takes images: its manifest, or what is assumed without one.</summary>
internal sealed record ImageModel(
    ModelSignature Signature, ModelManifest Manifest, ImagePreprocessor Preprocessor, ClassScores Scores);

/// <summary>Image models by digest and manifest, made once.</summary>
internal sealed partial class ImageModels(ILogger<ImageModels> logger)
{
    private readonly ConcurrentDictionary<(string Digest, string? Manifest),
        (ImageModel? Model, ScoringFault? Fault)> _models = new();

    public (ImageModel? Model, ScoringFault? Fault) Of(ModelRoute route)
    {
        var key = (route.Report.Digest, route.Report.ManifestJson);
        return _models.TryGetValue(key, out var known) ? known : _models.GetOrAdd(key, Create(route));
    }

    private (ImageModel? Model, ScoringFault? Fault) Create(ModelRoute route)
    {
        var (signature, fault) = route.Signature(null);
        if (signature is null)
        {
            return (null, fault);
        }

        try
        {
            var manifest = route.Report.ManifestJson is { } json ? ModelManifest.Parse(json)
                : ModelManifest.Assume(signature);
            if (manifest.Assumed)
            {
                LogAssumed(route.Entry.Model, manifest.Input.Height, manifest.Input.Width);
            }

            return (new ImageModel(
                signature, manifest, new ImagePreprocessor(manifest, signature), new ClassScores(manifest, signature)),
                null);
        }
        catch (ManifestException e)
        {
            return (null,
                new ScoringFault(
                FaultKind.RequestInvalid, $"Model {route.Entry.Model} does not take images: {e.Message}"));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Model {Model} has no manifest (scoring.json): images are assumed to become {Height}×{Width} pixels "
            + "divided by 255.")]
    private partial void LogAssumed(ModelRef model, int height, int width);
}
