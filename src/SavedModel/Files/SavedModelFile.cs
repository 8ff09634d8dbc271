using Google.Protobuf;
using Google.Protobuf.Collections;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.Files;

/// <summary>Reads <c>saved_model.pb</c> and chooses the MetaGraph.</summary>
internal static class SavedModelFile
{
    private const string Name = SavedModelFolder.FileName;
    private const string TextName = "saved_model.pbtxt";
    private const string ChunkedName = "saved_model.cpb";

    /// <summary>True where the folder holds a SavedModel in any form.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name))
        || File.Exists(Path.Combine(folder, TextName))
        || File.Exists(Path.Combine(folder, ChunkedName));

    /// <summary>
    /// The MetaGraph with exactly <paramref name="tags"/>; without tags, the one with "serve" alone, else the only one
    /// if "serve" is among its tags.
    /// </summary>
    /// <exception cref="SavedModelException">The file is missing or damaged, or no MetaGraph fits.</exception>
    public static MetaGraphDef Read(string folder, IReadOnlyList<string>? tags)
    {
        var path = Path.Combine(folder, Name);
        RefuseOtherForms(folder, path);
        Proto.SavedModel model;
        try
        {
            using var file = File.OpenRead(path);
            model = Proto.SavedModel.Parser.WithDiscardUnknownFields(true).ParseFrom(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SavedModelException($"{path} is truncated or corrupt: it cannot be parsed ({e.Message})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SavedModelException($"{path} cannot be read: {e.Message}", e);
        }

        return Choose(path, model, tags);
    }

    private static void RefuseOtherForms(string folder, string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        if (File.Exists(Path.Combine(folder, TextName)))
        {
            throw new SavedModelException($"{Path.Combine(folder, TextName)} is a SavedModel in text form, which is "
                + $"not supported: load it in TensorFlow and save it again to get {Name}.")
            { Unsupported = true };
        }

        if (File.Exists(Path.Combine(folder, ChunkedName)))
        {
            throw new SavedModelException($"{Path.Combine(folder, ChunkedName)} is a SavedModel in chunks, which is "
                + $"not supported: save it again without experimental_image_format to get {Name}.")
            { Unsupported = true };
        }

        throw new SavedModelException(Directory.Exists(folder)
            ? $"{path} does not exist: the folder is not a SavedModel."
            : $"The folder {folder} does not exist; it should hold {Name}.");
    }

    private static MetaGraphDef Choose(string path, Proto.SavedModel model, IReadOnlyList<string>? tags)
    {
        var wanted = (tags ?? ["serve"]).ToHashSet(StringComparer.Ordinal);
        var chosen = model.MetaGraphs.FirstOrDefault(meta => wanted.SetEquals(Tags(meta)))
            ?? (tags is null && model.MetaGraphs is [var only] && Tags(only).Contains("serve") ? only : null);
        if (chosen is null)
        {
            var found = string.Join(", ", model.MetaGraphs.Select(meta => $"{{{string.Join(',', Tags(meta))}}}"));
            throw new SavedModelException($"{path} has no meta graph with the tags {{{string.Join(',', wanted)}}}; it "
                + $"has {(found.Length == 0 ? "no meta graph at all" : found)}.");
        }

        return chosen.GraphDef is not null
            ? chosen
            : throw new SavedModelException($"{path} has a meta graph without a graph.");
    }

    private static RepeatedField<string> Tags(MetaGraphDef meta) => meta.MetaInfoDef?.Tags ?? [];
}
