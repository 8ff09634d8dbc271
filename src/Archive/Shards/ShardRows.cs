using System.Collections.Immutable;
using ScoringCluster.Archive.Inputs;
using ScoringCluster.Core;

namespace ScoringCluster.Archive.Shards;

/// <summary>A shard's inputs and what became of each, in order: scores, or a fault.</summary>
internal sealed class ShardRows(InputRow[] inputs, ImmutableArray<string> classes)
{
    private readonly string[] _hashes = new string[inputs.Length];
    private readonly ScoringFault?[] _faults = new ScoringFault?[inputs.Length];
    private readonly int[] _predicted = new int[inputs.Length];
    private readonly float[] _scores = new float[inputs.Length * classes.Length];

    public ImmutableArray<string> Classes => classes;

    public int Count => inputs.Length;

    public int Bad => _faults.Count(fault => fault is not null);

    public InputRow Input(int row) => inputs[row];

    public string Hash(int row) => _hashes[row];

    public ScoringFault? Fault(int row) => _faults[row];

    public string Class(int row) => classes[_predicted[row]];

    public Span<float> Scores(int row) => _scores.AsSpan(row * classes.Length, classes.Length);

    public void SetHash(int row, string sha256) => _hashes[row] = sha256;

    public void SetFault(int row, ScoringFault fault) => _faults[row] = fault;

    public void SetClass(int row, int index) => _predicted[row] = index;
}
