namespace ScoringCluster.Engine.Simulated;

/// <summary>What a simulated device has executed so far, warm-ups included.</summary>
/// <param name="Busy">What the executions cost, summed over the slots.</param>
public readonly record struct SimulatedLoad(long Batches, long Rows, TimeSpan Busy);

/// <summary>Counts for all slots of one device, and the memory that its models take.</summary>
internal sealed class DeviceTally
{
    private long _batches;
    private long _rows;
    private long _busyTicks;
    private long _bytes;

    public SimulatedLoad Load => new(
        Interlocked.Read(ref _batches), Interlocked.Read(ref _rows),
        TimeSpan.FromTicks(Interlocked.Read(ref _busyTicks)));

    public void OnExecuted(int rows, TimeSpan cost)
    {
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _busyTicks, cost.Ticks);
    }

    /// <summary>False where the memory does not hold so much more.</summary>
    public bool TryTake(long bytes, long memoryBytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= memoryBytes)
        {
            return true;
        }

        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
