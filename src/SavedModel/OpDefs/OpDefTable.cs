using System.Collections.Frozen;
using System.IO.Compression;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.OpDefs;

/// <summary>
/// What operations look like: TensorFlow's own table, and for operations that it lacks (newer or custom ones) the
/// definitions that the model brings along.
/// </summary>
internal sealed class OpDefTable
{
    private static readonly Lazy<FrozenDictionary<string, OpDef>> _builtIn = new(Read);

    private readonly Dictionary<string, OpDef> _ofModel = new(StringComparer.Ordinal);

    public OpDefTable(OpList? strippedOps)
    {
        foreach (var op in strippedOps?.Op ?? [])
        {
            _ofModel.TryAdd(op.Name, op);
        }
    }

    public OpDef? Find(string op) => _builtIn.Value.GetValueOrDefault(op) ?? _ofModel.GetValueOrDefault(op);

    private static FrozenDictionary<string, OpDef> Read()
    {
        using var resource = typeof(OpDefTable).Assembly.GetManifestResourceStream("opdefs.pb.br")!;
        using var brotli = new BrotliStream(resource, CompressionMode.Decompress);
        return OpList.Parser.ParseFrom(brotli).Op.ToFrozenDictionary(op => op.Name, StringComparer.Ordinal);
    }
}
