using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// <see cref="BatchingOptions"/> of one model: what <c>Batching</c> says of all, and <c>Batching:Models:NAME</c> of
/// this one.
/// </summary>
internal sealed class ModelBatching(IConfigurationSection section) : IConfigureNamedOptions<BatchingOptions>
{
    /// <summary>Models that have options of their own.</summary>
    public IEnumerable<string> Names => Models.GetChildren().Select(model => model.Key);

    private IConfigurationSection Models => section.GetSection("Models");

    public void Configure(BatchingOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, BatchingOptions options)
    {
        section.Bind(options);
        if (string.IsNullOrEmpty(name))
        {
            return;
        }

        // Lists are replaced; the binder would add to what is there.
        var model = Models.GetSection(name);
        options.PreferredRows = model.GetSection(nameof(options.PreferredRows)).Exists() ? [] : options.PreferredRows;
        options.AllowedRows = model.GetSection(nameof(options.AllowedRows)).Exists() ? [] : options.AllowedRows;
        model.Bind(options);
    }
}
