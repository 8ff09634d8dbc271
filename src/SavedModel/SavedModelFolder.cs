namespace ScoringCluster.SavedModel;

/// <summary>Where a SavedModel lies.</summary>
public static class SavedModelFolder
{
    /// <summary>The binary form, the one that is read.</summary>
    public const string FileName = "saved_model.pb";

    private static readonly string[] _forms = [FileName, "saved_model.pbtxt", "saved_model.cpb"];
    private static readonly string[] _inner = ["saved_model", "model.savedmodel"];

    /// <summary>The folder itself, or the folder in it that people put the SavedModel into.</summary>
    public static string Resolve(string path)
    {
        if (_forms.Any(form => File.Exists(Path.Combine(path, form))))
        {
            return path;
        }

        return _inner.Select(inner => Path.Combine(path, inner)).FirstOrDefault(Directory.Exists) ?? path;
    }
}
