using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Files;

/// <summary>Checks the files that a model brings along: each lies in its own <c>assets</c> folder.</summary>
internal static class AssetFiles
{
    /// <exception cref="SavedModelException">An asset is missing or named by a path outside the folder.</exception>
    public static void Check(string folder, MetaGraphDef meta)
    {
        var assets = Path.GetFullPath(Path.Combine(folder, "assets")) + Path.DirectorySeparatorChar;
        foreach (var asset in meta.AssetFileDef)
        {
            var isName = asset.Filename.Length > 0 && !asset.Filename.Contains('\0', StringComparison.Ordinal);
            var path = isName ? Path.GetFullPath(Path.Combine(assets, asset.Filename)) : "";
            if (!path.StartsWith(assets, StringComparison.Ordinal))
            {
                throw new SavedModelException($"The asset '{asset.Filename}' of "
                    + $"{Path.Combine(folder, SavedModelFolder.FileName)} is a path outside the model's assets "
                    + "folder, which is not allowed.");
            }

            if (!File.Exists(path))
            {
                throw new SavedModelException($"The asset {path} is missing.");
            }
        }
    }
}
