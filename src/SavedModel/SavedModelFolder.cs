using ScoringCluster.SavedModel.Files;

namespace ScoringCluster.SavedModel;

/// <summary>Finds the SavedModel in a folder that was named by a person.</summary>
public static class SavedModelFolder
{
    private static readonly string[] _inner = ["saved_model", "model.savedmodel"];

    /// <summary>
    /// The folder that holds <c>saved_model.pb</c>: <paramref name="path"/> itself, or <c>saved_model/</c> or
    /// <c>model.savedmodel/</c> in it. A folder without any of them is answered as it is.
    /// </summary>
    /// <exception cref="SavedModelException">There is no such folder.</exception>
    public static string Resolve(string path)
    {
        var folder = Path.GetFullPath(path);
        if (!Directory.Exists(folder))
        {
            throw new SavedModelException(File.Exists(folder)
                ? $"{folder} is a file; a SavedModel is the folder that holds {SavedModelFile.Name}."
                : $"{folder} does not exist: a SavedModel is a folder that holds {SavedModelFile.Name}.");
        }

        return SavedModelFile.IsIn(folder)
            ? folder
            : _inner.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists) ?? folder;
    }
}
