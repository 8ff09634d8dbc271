using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>What a process knows of the cluster's members by itself, before the control plane says it.</summary>
public interface IClusterView
{
    /// <summary>Grows when the members change.</summary>
    long Version { get; }

    /// <summary>False for a silo that is known to be no active member.</summary>
    bool IsActive(string silo);
}

/// <summary>The membership of this process; a client of the cluster has none and takes every silo for active.</summary>
internal sealed class ClusterView(IServiceProvider services) : IClusterView
{
    private readonly IClusterMembershipService? _membership = services.GetService<IClusterMembershipService>();
    private volatile View? _view;

    public long Version => _membership?.CurrentSnapshot.Version.Value ?? 0;

    public bool IsActive(string silo)
    {
        if (_membership is null)
        {
            return true;
        }

        var snapshot = _membership.CurrentSnapshot;
        var view = _view;
        if (view is null || view.Version != snapshot.Version)
        {
            _view = view = new View(snapshot.Version, snapshot.Members.Values
                .Where(member => member.Status == SiloStatus.Active).Select(member => member.Name)
                .ToFrozenSet(StringComparer.Ordinal));
        }

        return view.Active.Contains(silo);
    }

    private sealed record View(MembershipVersion Version, FrozenSet<string> Active);
}
