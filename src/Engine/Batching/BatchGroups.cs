using System.Collections.Concurrent;
using System.Collections.Immutable;
using ScoringCluster.Core;

namespace ScoringCluster.Engine.Batching;

/// <summary>The signatures of one loaded model, and what was learned of each and of its row shapes.</summary>
internal sealed class BatchGroups(IEnumerable<ModelSignature> signatures, int rowsMax)
{
    /// <summary>Row shapes whose costs are learned; callers choose shapes, and others are served as well.</summary>
    private const int RememberedMax = 64;

    private readonly ConcurrentDictionary<BatchGroup, BatchGroup> _known = new();
    private readonly SignatureCost[] _costs = [.. signatures.Select(signature => new SignatureCost(signature))];
    private BatchGroup? _latest;

    /// <summary>The groups that are remembered.</summary>
    public IEnumerable<BatchGroup> Known => _known.Keys;

    /// <summary>By name: a caller may hold the signature of an earlier load of the same version.</summary>
    /// <returns>Null where the model has no such signature.</returns>
    public SignatureCost? Find(string signature)
    {
        foreach (var cost in _costs)
        {
            if (cost.Signature.Name == signature)
            {
                return cost;
            }
        }

        return null;
    }

    /// <summary>The group of a request with these inputs.</summary>
    public BatchGroup Of(SignatureCost cost, ImmutableArray<Tensor> inputs)
    {
        if (_latest is { } latest && latest.Holds(cost, inputs))
        {
            return latest;
        }

        var group = new BatchGroup(cost, inputs)
        {
            Sizes = cost.Signature.Batched ? new BatchSizes(rowsMax) : null,
        };
        if (!_known.TryGetValue(group, out var known))
        {
            known = _known.Count < RememberedMax ? _known.GetOrAdd(group, group) : new BatchGroup(cost, inputs);
        }

        return _latest = known;
    }

    /// <summary>Seconds of one slot's work that wait in a lane.</summary>
    public double WaitingSeconds(Lane lane)
    {
        var seconds = 0.0;
        foreach (var cost in _costs)
        {
            seconds += cost.WaitingSeconds(lane);
        }

        return seconds;
    }
}
