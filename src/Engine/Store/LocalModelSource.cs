using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Store;

/// <summary>Models in local folders: a repository, and single named folders.</summary>
internal sealed class LocalModelSource(IOptions<ModelStoreOptions> options) : IModelSource
{
    private const string ManifestName = "scoring.json";

    private readonly ModelStoreOptions _options = options.Value;

    public IReadOnlyList<ModelRef> List() =>
    [
        .. _options.Named.Keys.Select(name => new ModelRef(name, 1))
            .Concat(Repository())
            .Distinct()
            .OrderBy(model => model.Name, StringComparer.Ordinal)
            .ThenBy(model => model.Version),
    ];

    public ModelPackage? Find(ModelRef model)
    {
        var folder = _options.Named.TryGetValue(model.Name, out var named)
            ? model.Version == 1 ? named : null
            : _options.Repository is { } repository ? Path.Combine(repository, model.Name, $"{model.Version}") : null;
        if (folder is null || !Directory.Exists(folder))
        {
            return null;
        }

        var savedModel = Path.GetFullPath(SavedModelFolder.Resolve(folder));
        return new ModelPackage(model, savedModel, Manifest(model.Name, savedModel));
    }

    /// <summary>Folders of other names are not versions: people keep notes and copies beside them.</summary>
    private IEnumerable<ModelRef> Repository()
    {
        if (_options.Repository is not { } repository || !Directory.Exists(repository))
        {
            yield break;
        }

        foreach (var folder in Directory.EnumerateDirectories(repository))
        {
            var name = Path.GetFileName(folder);
            if (!ModelRef.IsName(name) || _options.Named.ContainsKey(name))
            {
                continue;
            }

            foreach (var version in Directory.EnumerateDirectories(folder))
            {
                if (ModelRef.TryParseVersion(Path.GetFileName(version), out var number)
                    && File.Exists(Path.Combine(SavedModelFolder.Resolve(version), SavedModelFolder.FileName)))
                {
                    yield return new ModelRef(name, number);
                }
            }
        }
    }

    private string? Manifest(string name, string savedModel)
    {
        if (_options.Manifests.TryGetValue(name, out var given))
        {
            return Path.GetFullPath(given);
        }

        string?[] places =
        [
            Path.Combine(savedModel, "assets.extra", ManifestName),
            Path.Combine(savedModel, ManifestName),
            Path.GetDirectoryName(savedModel) is { } parent ? Path.Combine(parent, ManifestName) : null,
        ];
        return places.FirstOrDefault(File.Exists);
    }
}
