using ScoringCluster.Core;

namespace ScoringCluster.SavedModel.Flattening;

/// <summary>
/// Bounds what one signature may unfold to: functions that call functions twice each grow exponentially.
/// </summary>
internal sealed class GraphBudget(string signature)
{
    private int _spent;

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
