using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.SavedModel;

namespace ScoringCluster.Engine.Store;

/// <summary>Models in local folders: a repository, and single named folders.</summary>
internal sealed partial class LocalModelSource(IOptions<ModelStoreOptions> options, ILogger<LocalModelSource> logger)
    : IModelSource
{
    private const string ManifestName = "scoring.json";

    private readonly ModelStoreOptions _options = options.Value;

    // The repository is listed again and again: what is ignored in it is said once.
    private readonly ConcurrentDictionary<string, bool> _ignored = new(StringComparer.Ordinal);

    public IReadOnlyList<StoredVersion> List() =>
    [
        .. _options.Named.Keys.Select(name => new ModelRef(name, 1))
            .Concat(Repository())
            .Distinct()
            .OrderBy(model => model.Name, StringComparer.Ordinal)
            .ThenBy(model => model.Version)
            .Select(model => new StoredVersion(model, Fingerprint(model))),
    ];

    public ModelPackage? Find(ModelRef model)
    {
        if (!ModelRef.IsName(model.Name))
        {
            return null;
        }

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

    /// <summary>Of the names, sizes and times of the version's files: a copy that goes on changes it.</summary>
    private string Fingerprint(ModelRef model)
    {
        if (Find(model) is not { } package)
        {
            return "";
        }

        try
        {
            var files = new DirectoryInfo(package.Folder).EnumerateFiles("*", SearchOption.AllDirectories)
                .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")
                .Order(StringComparer.Ordinal);
            var manifest = package.ManifestFile is { } path ? $"{path} {File.GetLastWriteTimeUtc(path).Ticks}" : "";
            var text = string.Join('\n', files.Append(manifest));
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Files come and go while they are listed: the next look sees what is there then.
            return e.Message;
        }
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
            if (!ModelRef.IsName(name))
            {
                Ignore(folder, "its name is no model name");
                continue;
            }

            if (_options.Named.ContainsKey(name))
            {
                Ignore(folder, $"Models:Named:{name} stands for this model");
                continue;
            }

            foreach (var version in Versions(folder))
            {
                yield return new ModelRef(name, version);
            }
        }
    }

    private IEnumerable<int> Versions(string model)
    {
        foreach (var folder in Directory.EnumerateDirectories(model))
        {
            if (!ModelRef.TryParseVersion(Path.GetFileName(folder), out var version))
            {
                Ignore(folder, "its name is no version: a positive number without leading zeros");
            }
            else if (!File.Exists(Path.Combine(SavedModelFolder.Resolve(folder), SavedModelFolder.FileName)))
            {
                Ignore(folder, $"it holds no {SavedModelFolder.FileName}");
            }
            else
            {
                yield return version;
            }
        }
    }

    private void Ignore(string folder, string reason)
    {
        if (_ignored.TryAdd($"{folder}: {reason}", true))
        {
            LogIgnored(folder, reason);
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
