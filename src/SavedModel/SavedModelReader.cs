using ScoringCluster.Core;
using ScoringCluster.SavedModel.Files;
using ScoringCluster.SavedModel.Flattening;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;
using ScoringCluster.SavedModel.Signatures;
using ScoringCluster.SavedModel.Types;
using ScoringCluster.SavedModel.Variables;

namespace ScoringCluster.SavedModel;

/// <summary>
/// An open SavedModel: its signatures, and each of them as a flat graph. Variables that were read stay in memory until
/// it is disposed. Not for concurrent use.
/// </summary>
public sealed class SavedModelReader : IDisposable
{
    private readonly SignatureTable _signatures;
    private readonly FunctionCalls _calls;
    private readonly TensorProtos _constants = new();
    private readonly VariableStore _variables;

    private SavedModelReader(string folder, MetaGraphDef meta)
    {
        Folder = folder;
        Tags = [.. meta.MetaInfoDef?.Tags ?? []];
        _signatures = new SignatureTable(meta);
        if (_signatures is { Entries.Count: 0, Broken.Count: 0 })
        {
            throw new SavedModelException($"{Path.Combine(folder, SavedModelFolder.FileName)} has no signature that "
                + "could be called: save the model with signatures.");
        }

        _calls = new FunctionCalls(meta.GraphDef, new OpDefTable(meta.MetaInfoDef?.StrippedOpList));
        _variables = new VariableStore(folder, _calls, meta, _constants);
        Signatures = [.. _signatures.Entries.Values.Select(entry => entry.Signature)];
    }

    /// <summary>The folder that holds <c>saved_model.pb</c>.</summary>
    public string Folder { get; }

    /// <summary>The tags of the MetaGraph that was chosen.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>The callable signatures, sorted by name; those of the loader (<c>__…</c>) are left out.</summary>
    public IReadOnlyList<ModelSignature> Signatures { get; }

    /// <summary>Signatures that cannot be called (sparse or resource tensors…), each with the reason.</summary>
    public IReadOnlyDictionary<string, string> Broken => _signatures.Broken;

    /// <summary>Opens the SavedModel in <paramref name="folder"/> or in its <c>saved_model/</c>.</summary>
    /// <param name="folder">A folder as <see cref="SavedModelFolder.Resolve"/> takes it.</param>
    /// <param name="tags">The tags of the MetaGraph, exactly; <c>serve</c> by default.</param>
    /// <exception cref="SavedModelException">It is damaged, incomplete or of a kind that cannot be read.</exception>
    public static SavedModelReader Open(string folder, IReadOnlyList<string>? tags = null)
    {
        folder = SavedModelFolder.Resolve(folder);
        var meta = SavedModelFile.Read(folder, tags);
        AssetFiles.Check(folder, meta);
        return new SavedModelReader(folder, meta);
    }

    /// <summary>The signature as one graph without functions and variables.</summary>
    /// <exception cref="SavedModelException">
    /// There is no such signature, its graph or a variable is damaged, or (see
    /// <see cref="SavedModelException.Unsupported"/>) it does what a flat graph cannot express.
    /// </exception>
    public FlatGraph Flatten(string signature)
    {
        if (Broken.TryGetValue(signature, out var reason))
        {
            throw new SavedModelException($"It cannot be called: {reason}.") { Unsupported = true };
        }

        return _signatures.Entries.TryGetValue(signature, out var entry)
            ? new Flattener(entry, _calls, _constants, _variables).Flatten()
            : throw new SavedModelException($"The model has no signature '{signature}'; it has "
                + $"{string.Join(", ", _signatures.Entries.Keys.Select(name => $"'{name}'"))}.");
    }

    public void Dispose() => _variables.Dispose();
}
