using ScoringCluster.SavedModel.Files;

namespace ScoringCluster.SavedModel;

/// <summary>Finds the SavedModel in a folder that was named by a person.</summary>
public static class SavedModelFolder
{
    /// <summary>The file that makes a folder a SavedModel.</summary>
    public const string FileName = "saved_model.pb";

    private static readonly string[] _inner = ["saved_model", "model.savedmodel"];

    /// <summary>
    /// The folder that holds <c>saved_model.pb</c>: <paramref name="path"/> itself, or <c>saved_model/</c> or
    /// <c>model.savedmodel/</c> in it. A folder without any of them is answered as it is.
    /// </summary>
    public static string Resolve(string path) => SavedModelFile.IsIn(path)
        ? path
        : _inner.Select(name => Path.Combine(path, name)).FirstOrDefault(Directory.Exists) ?? path;
}
