using System.Collections.Concurrent;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Something of each replica that is made when it is first needed and may be forgotten: replicas come and go for as
/// long as a gateway runs.
/// </summary>
internal sealed class PerReplica<T>(Func<ReplicaKey, T> make)
{
    private const int ReplicasMax = 4_096;

    private readonly ConcurrentDictionary<ReplicaKey, T> _known = new();

    public T Of(ReplicaKey replica)
    {
        if (_known.TryGetValue(replica, out var known))
        {
            return known;
        }

        if (_known.Count >= ReplicasMax)
        {
            _known.Clear();
        }

        return _known.GetOrAdd(replica, make);
    }
}
