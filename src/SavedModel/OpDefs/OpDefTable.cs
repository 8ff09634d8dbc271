using System.Collections.Frozen;
using System.IO.Compression;
using ScoringCluster.SavedModel.Proto;

namespace ScoringCluster.SavedModel.OpDefs;

/// <summary>
/// Definitions of TensorFlow's own ops: argument names and counts, and the defaults of attributes that exporters strip.
/// A model's <c>stripped_op_list</c> lacks ops that only nested functions use, and frozen graphs have none, so the
/// table is built in (<c>eng/generate-opdefs.py</c> writes it).
/// </summary>
internal sealed class OpDefTable
{
    private static readonly Lazy<FrozenDictionary<string, OpDef>> _builtIn = new(ReadBuiltIn);

    private readonly Dictionary<string, OpDef> _own;

    /// <param name="own">The model's own list, for custom ops that the table does not have.</param>
    public OpDefTable(OpList? own) => _own = (own?.Op ?? []).DistinctBy(op => op.Name).ToDictionary(op => op.Name);

    public static int BuiltInCount => _builtIn.Value.Count;

    public OpDef? Find(string op) => _builtIn.Value.GetValueOrDefault(op) ?? _own.GetValueOrDefault(op);

    private static FrozenDictionary<string, OpDef> ReadBuiltIn()
    {
        using var packed = typeof(OpDefTable).Assembly.GetManifestResourceStream("opdefs.bin.br")
            ?? throw new InvalidOperationException("The op definitions are missing from the assembly.");
        using var unpacked = new BrotliStream(packed, CompressionMode.Decompress);
        return OpList.Parser.ParseFrom(unpacked).Op.ToFrozenDictionary(op => op.Name);
    }
}
