namespace ScoringCluster.Engine.Store;

/// <summary>Where models lie and which must be there (section <c>Models</c>).</summary>
public sealed class ModelStoreOptions
{
    public const string Section = "Models";

    /// <summary>A folder of <c>NAME/VERSION/saved_model.pb</c>.</summary>
    /// <value>None.</value>
    public string? Repository { get; set; }

    /// <summary>Single SavedModel folders by model name; each is version 1 of its name.</summary>
    public IDictionary<string, string> Named { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Manifest files by model name, in place of the one beside the model.</summary>
    public IDictionary<string, string> Manifests { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Models without which the service is not ready.</summary>
    public IList<string> Required { get; } = [];

    /// <summary><c>auto</c>, or the name of an engine: <c>onnx</c>, <c>tensorflow</c>.</summary>
    /// <value>The default is <c>auto</c>: the embedded engine, while it is the only one.</value>
    public string Engine { get; set; } = "auto";
}
