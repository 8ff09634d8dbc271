using System.Numerics;

namespace ScoringCluster.Engine.Batching;

/// <summary>
/// What a row costs in executions of different sizes, learned from executions of one signature and row shape, and how
/// many rows the next one should have. More is not always better: on a CPU a convolutional model gains nothing beyond a
/// few rows, and a batch that is larger than it pays lets its callers wait for each other.
/// </summary>
internal sealed class BatchSizes
{
    /// <summary>Executions of a size before it is believed; as many are tried as soon as enough rows wait.</summary>
    private const int SamplesMin = 3;

    /// <summary>The newest execution counts one in so many: drifts are followed, an outlier decides nothing.</summary>
    private const int SamplesMax = 10;

    /// <summary>An execution that was held up (by another process, by the collector) counts so often at most.</summary>
    private const double OutlierFactor = 3;

    /// <summary>Sizes whose rows cost so much more than the cheapest are as good.</summary>
    private const double Tolerance = 0.05;

    /// <summary>One execution in so many is of another size, so that what was learned once can change.</summary>
    private const int ExploreEvery = 128;

    private readonly Lock _gate = new();
    private readonly int _rowsMax;
    private readonly double[] _secondsPerRow;
    private readonly int[] _samples;
    private int _turn;

    /// <param name="rowsMax">Rows of one execution at most.</param>
    public BatchSizes(int rowsMax)
    {
        _rowsMax = GatherRows = SplitRows = rowsMax;
        _secondsPerRow = new double[Index(rowsMax) + 1];
        _samples = new int[Index(rowsMax) + 1];
    }

    /// <summary>Rows that requests gather to: the fewest that are as cheap as any.</summary>
    public int GatherRows { get; private set; }

    /// <summary>Rows that a larger request is cut to: the most that are as cheap as any.</summary>
    public int SplitRows { get; private set; }

    /// <summary>Seconds a row by size, which is a power of two and stands for what lies below the next one.</summary>
    public IReadOnlyList<(int Rows, double SecondsPerRow, int Executions)> Learned
    {
        get
        {
            lock (_gate)
            {
                return [.. _samples.Index().Where(size => size.Item > 0)
                    .Select(size => (1 << size.Index, _secondsPerRow[size.Index], size.Item))];
            }
        }
    }

    /// <summary>What an execution of so many rows takes, by those of its size; null where there was none yet.</summary>
    public double? Seconds(int rows)
    {
        var size = Index(rows);
        lock (_gate)
        {
            return size < _samples.Length && _samples[size] > 0 ? _secondsPerRow[size] * rows : null;
        }
    }

    /// <summary>Rows that the next execution may have while so many wait.</summary>
    public int Next(long waiting)
    {
        lock (_gate)
        {
            for (var size = _samples.Length - 1; size >= 0; size--)
            {
                if (_samples[size] < SamplesMin && 1 << size <= waiting)
                {
                    return Math.Min(_rowsMax, (1 << (size + 1)) - 1);
                }
            }

            if (++_turn % ExploreEvery != 0)
            {
                return GatherRows;
            }

            var other = 1 << (_turn / ExploreEvery % _samples.Length);
            return other <= waiting ? other : GatherRows;
        }
    }

    /// <param name="elapsed">The whole execution, gathering and scattering of its rows included.</param>
    public void Learn(int rows, TimeSpan elapsed)
    {
        var observed = elapsed.TotalSeconds / rows;
        if (rows > _rowsMax || observed <= 0)
        {
            return;
        }

        lock (_gate)
        {
            var size = Index(rows);
            var (known, samples) = (_secondsPerRow[size], Math.Min(_samples[size], SamplesMax - 1));
            if (samples >= SamplesMin)
            {
                observed = Math.Min(observed, OutlierFactor * known);
            }

            _secondsPerRow[size] = known + ((observed - known) / (samples + 1));
            _samples[size] = samples + 1;
            Conclude();
        }
    }

    private static int Index(int rows) => BitOperations.Log2((uint)rows);

    private void Conclude()
    {
        var cheapest = double.PositiveInfinity;
        for (var size = 0; size < _samples.Length; size++)
        {
            if (_samples[size] >= SamplesMin)
            {
                cheapest = Math.Min(cheapest, _secondsPerRow[size]);
            }
        }

        var (first, last) = (-1, -1);
        for (var size = 0; size < _samples.Length; size++)
        {
            if (_samples[size] >= SamplesMin && _secondsPerRow[size] <= cheapest * (1 + Tolerance))
            {
                (first, last) = (first < 0 ? size : first, size);
            }
        }

        if (first >= 0)
        {
            GatherRows = 1 << first;

            // Sizes that nobody has seen yet may be as cheap: only what was measured to be dearer is avoided.
            var isDearer = last + 1 < _samples.Length && _samples[last + 1] >= SamplesMin;
            SplitRows = isDearer ? 1 << last : _rowsMax;
        }
    }
}
