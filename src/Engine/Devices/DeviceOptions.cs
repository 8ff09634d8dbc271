using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Engine.Devices;

/// <summary>The devices of a silo (section <c>Devices</c>).</summary>
public sealed class DeviceOptions
{
    public const string Section = "Devices";

    /// <summary>
    /// CPU devices as <c>cpu:INDEX=THREADS</c>. Several split the cores between them, so that models on one do not
    /// slow models on another.
    /// </summary>
    /// <value>
    /// Empty, which means one device <c>cpu:0</c> with every core of the process, or none beside simulated ones.
    /// </value>
    public IList<string> Cpu { get; } = [];

    /// <summary>
    /// Executions of a device at the same time. Slots × threads per slot never exceeds the device's threads; the
    /// threads of a slot are what remains for each.
    /// </summary>
    /// <value>
    /// 0, which means one slot a thread: two one-thread slots score more rows than one slot of two threads, since the
    /// threads of one execution wait for each other.
    /// </value>
    public int Slots { get; set; }

    /// <summary>Devices that are not there.</summary>
    public SimulatedOptions Simulated { get; } = new();
}
