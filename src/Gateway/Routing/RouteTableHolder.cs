using ScoringCluster.Contracts.Models;

namespace ScoringCluster.Gateway.Routing;

/// <summary>The newest route table; replaced whole.</summary>
internal sealed class RouteTableHolder
{
    private volatile RouteTable _table = RouteTable.Empty;

    public RouteTable Table
    {
        get => _table;
        set => _table = value;
    }
}
