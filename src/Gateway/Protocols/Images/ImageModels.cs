using Microsoft.Extensions.Logging;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Preprocessing;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>How a model takes images: its manifest, or what is assumed without one.</summary>
internal sealed record ImageModel(
    ModelSignature Signature, ModelManifest Manifest, ImagePreprocessor Preprocessor, ClassScores Scores);

/// <summary>Image models by version, digest and manifest, made once.</summary>
internal sealed partial class ImageModels(TensorBlockPool pool, ILogger<ImageModels> logger)
{
    /// <summary>Models remembered; versions come and go, and a model is quickly made again.</summary>
    private const int ModelsMax = 1_024;

    private readonly Lock _lock = new();
    private readonly Dictionary<
        (ModelRef Model, string Digest, string? Manifest), (ImageModel? Model, ScoringFault? Fault)> _models = [];

    public (ImageModel? Model, ScoringFault? Fault) Of(ModelRoute route)
    {
        var key = (route.Entry.Model, route.Report.Digest, route.Report.ManifestJson);
        lock (_lock)
        {
            if (_models.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_models.Count >= ModelsMax)
            {
                _models.Clear();
            }

            return _models[key] = Create(route);
        }
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
            var manifest = route.Report.ManifestJson is { } json
                ? ModelManifest.Parse(json)
                : ModelManifest.Assume(signature);
            var model = new ImageModel(
                signature, manifest, new ImagePreprocessor(manifest, signature, pool),
                new ClassScores(manifest, signature));
            if (manifest.Assumed)
            {
                LogAssumed(route.Entry.Model, manifest.Input.Height, manifest.Input.Width);
            }

            return (model, null);
        }
        catch (ManifestException e)
        {
            return (null, new ScoringFault(
                FaultKind.RequestInvalid, $"Model {route.Entry.Model} does not take images: {e.Message}"));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Model {Model} has no manifest (scoring.json): images are assumed to become {Height}×{Width} pixels "
            + "divided by 255.")]
    private partial void LogAssumed(ModelRef model, int height, int width);
}
