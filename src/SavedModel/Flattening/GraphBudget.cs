using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// Bounds what one signature may unfold to: functions that call functions twice each grow exponentially.
/// </summary>
internal sealed class GraphBudget(string signature)
{
    /// <summary>More than 100 characters for each of a million nodes: exporters write less, attackers more.</summary>
    private const long NameCharactersMax = 128L << 20;

    private int _spent;
    private long _characters;

    /// <summary>Counts the name of a node that is made.</summary>
    public void SpendName(string name)
    {
        _characters += name.Length;
        if (_characters > NameCharactersMax)
        {
            throw new SavedModelException($"Signature '{signature}' is too large: the names of its nodes take more "
                + $"than {NameCharactersMax} characters.");
        }
    }

    /// <summary>Counts one more node or call.</summary>
    public void Spend()
    {
        if (++_spent > Limits.GraphNodesMax)
        {
            throw new SavedModelException($"Signature '{signature}' is too large: it unfolds to more than "
                + $"{Limits.GraphNodesMax} nodes and calls.");
        }
    }
}
