using System.Collections.Immutable;
using Google.Protobuf;
using ScoringCluster.Core;
using ScoringCluster.SavedModel.Bundles;
using ScoringCluster.SavedModel.Graphs;
using ScoringCluster.SavedModel.OpDefs;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel;

/// <summary>A SavedModel as data: its signatures, and each one's flat graph.</summary>
public sealed class SavedModelReader
{
    private static readonly string[] _serve = ["serve"];

    private readonly MetaGraphDef _graph;
    private readonly GraphScope _main;
    private readonly FunctionLibrary _library;
    private readonly Lazy<VariableReader> _variables;

    private SavedModelReader(string folder, MetaGraphDef graph)
    {
        Folder = folder;
        _graph = graph;
        _library = new FunctionLibrary(graph.GraphDef?.Library);
        var nodes = new Dictionary<string, NodeDef>(StringComparer.Ordinal);
        foreach (var node in graph.GraphDef?.Node ?? [])
        {
            if (!nodes.TryAdd(node.Name, node))
            {
                throw new SavedModelException($"The graph has two nodes named '{node.Name}'.");
            }
        }

        _main = new GraphScope(nodes, new OpDefTable(graph.MetaInfoDef?.StrippedOpList)) { Library = _library };
        _variables = new Lazy<VariableReader>(OpenVariables);
        (Signatures, Broken) = SignatureReader.Read(graph);
    }

    /// <summary>The folder that holds <c>saved_model.pb</c>.</summary>
    public string Folder { get; }

    public IReadOnlyList<string> Tags => _graph.MetaInfoDef?.Tags ?? [];

    /// <summary>What can be called, sorted by name.</summary>
    public IReadOnlyList<ModelSignature> Signatures { get; }

    /// <summary>Signatures that no tensor of ours can call, with the reason: sparse tensors, resources…</summary>
    public IReadOnlyDictionary<string, string> Broken { get; }

    /// <param name="folder">The SavedModel's folder, or one that holds it as <c>saved_model/</c> or
    /// <c>model.savedmodel/</c>.</param>
    /// <param name="tags">The exact tag set of the graph to take; null for <c>serve</c>.</param>
    /// <exception cref="SavedModelException">There is no SavedModel, it is damaged, or has no such graph or no
    /// signature.</exception>
    public static SavedModelReader Open(string folder, IReadOnlyList<string>? tags = null)
    {
        folder = SavedModelFolder.Resolve(folder);
        var graph = Choose(Parse(folder), tags ?? _serve);
        var reader = new SavedModelReader(folder, graph);
        return reader.Signatures.Count + reader.Broken.Count > 0
            ? reader
            : throw new SavedModelException(
                $"{SavedModelFolder.FileName} has no signature: save the model with one (tf.saved_model.save(…, "
                    + $"signatures=…), model.export).");
    }

    /// <summary>The signature's graph; reads the variables it needs.</summary>
    /// <exception cref="SavedModelException">The graph, a function or a variable is damaged, or beyond a flat
    /// graph.</exception>
    public FlatGraph Flatten(string signature)
    {
        var known = Signatures.FirstOrDefault(s => s.Name == signature)
            ?? throw new SavedModelException(Broken.TryGetValue(signature, out var reason)
                ? $"Signature '{signature}' cannot be called: {reason}"
                : $"There is no signature '{signature}'; there are "
                    + $"{string.Join(", ", Signatures.Select(s => s.Name))}.");
        return new GraphFlattener(_main, _library, _variables.Value).Flatten(known, _graph.SignatureDef[signature]);
    }

    private static SavedModelFile Parse(string folder)
    {
        var file = Path.Combine(folder, SavedModelFolder.FileName);
        if (!File.Exists(file))
        {
            throw new SavedModelException(
                File.Exists(Path.Combine(folder, "saved_model.pbtxt"))
                    ? "saved_model.pbtxt is the text form of a SavedModel, which is not supported: save it in the "
                        + "binary form, saved_model.pb."
                    : File.Exists(Path.Combine(folder, "saved_model.cpb"))
                        ? "saved_model.cpb is the chunked form for models over 2 GiB, which is not supported: save it "
                            + "as saved_model.pb."
                        : $"{SavedModelFolder.FileName} does not exist in {folder}.");
        }

        var length = new FileInfo(file).Length;
        if (length > Limits.SavedModelBytesMax)
        {
            throw new SavedModelException(
                $"{SavedModelFolder.FileName} has {length} bytes; the format ends at {Limits.SavedModelBytesMax}.");
        }

        try
        {
            return SavedModelFile.Parser.ParseFrom(File.ReadAllBytes(file));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new SavedModelException($"{SavedModelFolder.FileName} is truncated or corrupt: {e.Message}", e);
        }
    }

    private static MetaGraphDef Choose(SavedModelFile file, IReadOnlyList<string> tags)
    {
        if (file.MetaGraphs.Count == 0)
        {
            throw new SavedModelException(
                $"{SavedModelFolder.FileName} is not a SavedModel: it holds no meta graph (an empty file, or a "
                    + $"GraphDef under that name?).");
        }

        var wanted = tags.ToHashSet(StringComparer.Ordinal);
        var exact = file.MetaGraphs.FirstOrDefault(g => wanted.SetEquals(g.MetaInfoDef?.Tags ?? []));
        // A lone graph with more tags (serve, gpu) is meant too; one without the tag is meant for something else.
        var lone = file.MetaGraphs.Count == 1 && wanted.IsSubsetOf(file.MetaGraphs[0].MetaInfoDef?.Tags ?? [])
            ? file.MetaGraphs[0] : null;
        return exact ?? lone ?? throw new SavedModelException(
            $"{SavedModelFolder.FileName} has no graph with the tags {{{string.Join(",", tags)}}}; there are "
            + string.Join(" ", file.MetaGraphs.Select(g => $"{{{string.Join(",", g.MetaInfoDef?.Tags ?? [])}}}"))
                + ".");
    }

    private VariableReader OpenVariables()
    {
        var prefix = Path.Combine(Folder, "variables", "variables");
        var bundle = TensorBundle.Exists(prefix) ? TensorBundle.Open(prefix) : null;
        return new VariableReader(
            VariableMap.Read(_graph, _main, _library, bundle), bundle, "variables/variables.index");
    }
}

/// <summary>Signatures of a graph as ours, sorted; those beyond dense tensors with the reason.</summary>
internal static class SignatureReader
{
    public static (IReadOnlyList<ModelSignature> Signatures, IReadOnlyDictionary<string, string> Broken) Read(
        MetaGraphDef graph)
    {
        var signatures = new List<ModelSignature>();
        var broken = new SortedDictionary<string, string>(StringComparer.Ordinal);
        // Names with two underscores are TensorFlow's own: __saved_model_init_op, __saved_model_train_op.
        foreach (var (name, definition) in graph.SignatureDef
            .Where(s => !s.Key.StartsWith("__", StringComparison.Ordinal))
            .OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var problems = Problems("input", definition.Inputs).Concat(Problems("output", definition.Outputs)).ToList();
            if (problems.Count > 0)
            {
                broken[name] = string.Join("; ", problems);
                continue;
            }

            var inputs = Specs(definition.Inputs);
            var outputs = Specs(definition.Outputs);
            signatures.Add(
                new ModelSignature(name, inputs, outputs, ModelSignature.LooksBatched(inputs.Concat(outputs))));
        }

        return (signatures, broken);
    }

    private static IEnumerable<string> Problems(string what, IEnumerable<KeyValuePair<string, TensorInfo>> tensors)
    {
        foreach (var (name, info) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            if (info.EncodingCase != TensorInfo.EncodingOneofCase.Name)
            {
                yield return $"{what} '{name}' is a sparse or composite tensor";
            }
            else if (DataTypes.ElementTypeOf(info.Dtype) is null)
            {
                yield return $"{what} '{name}' has the type {DataTypes.NameOf(info.Dtype)}";
            }
        }
    }

    private static ImmutableArray<TensorSpec> Specs(IEnumerable<KeyValuePair<string, TensorInfo>> tensors) =>
        [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t =>
            new TensorSpec(
                t.Key, DataTypes.ElementTypeOf(t.Value.Dtype)!.Value, ProtoTensors.Shape(t.Value.TensorShape)))];
}
