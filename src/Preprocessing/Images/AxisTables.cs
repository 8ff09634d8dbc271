using System.Collections.Concurrent;

namespace ScoringCluster.Preprocessing.Images;

/// <summary>
/// Tables of one axis by source size: an archive has few distinct sizes, so they are kept, and forgotten all at once
/// when a caller sends ever new ones. Thread-safe.
/// </summary>
internal sealed class AxisTables(Func<int, int, AxisTable> make, int target)
{
    private const int KeptMax = 64;

    private readonly ConcurrentDictionary<int, AxisTable> _tables = new();

    public AxisTable For(int source)
    {
        if (_tables.TryGetValue(source, out var known))
        {
            return known;
        }

        if (_tables.Count >= KeptMax)
        {
            _tables.Clear();
        }

        return _tables[source] = make(source, target);
    }
}
