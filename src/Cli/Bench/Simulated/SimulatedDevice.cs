using System.Globalization;
using ScoringCluster.Core;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Cli.Bench.Simulated;

/// <summary>The device of the benches of scheduling: a GPU that takes 8.2 ms for its largest batch.</summary>
internal static class SimulatedDevice
{
    /// <summary>Rows of one execution.</summary>
    public const int RowsMax = 32;

    /// <summary>Name of the model in lines of results, and of the yardstick.</summary>
    public const string Model = "simulated";

    public const string Capacity = "capacity";

    private const double LatencyMilliseconds = 5;
    private const double RowMilliseconds = 0.1;

    /// <summary>Rows of a device that always executes full batches, a second.</summary>
    public static double RowsPerSecond { get; } =
        RowsMax / ((LatencyMilliseconds + (RowsMax * RowMilliseconds)) / 1000);

    /// <summary>Rows of 64 real numbers: 256 bytes.</summary>
    public static TensorShape Shape(int rows) => TensorShape.Of(rows, 64);

    public static DeviceId Id(int index) => new(SimulatedRuntime.DeviceKind, index);

    /// <summary>Configuration of one silo with some of the devices and the one model, which has no file.</summary>
    /// <param name="folder">An empty one.</param>
    public static Dictionary<string, string?> Configuration(string folder, int firstDevice, int devices) => new()
    {
        [$"Models:Named:{Model}"] = folder,
        ["Batching:RowsMax"] = RowsMax.ToString(CultureInfo.InvariantCulture),
        [Key("Devices:0")] =
            string.Create(CultureInfo.InvariantCulture, $"sim:{firstDevice}-{firstDevice + devices - 1}=1"),
        [Key(nameof(SimulatedOptions.LatencyMilliseconds))] =
            LatencyMilliseconds.ToString(CultureInfo.InvariantCulture),
        [Key(nameof(SimulatedOptions.RowMilliseconds))] = RowMilliseconds.ToString(CultureInfo.InvariantCulture),
    };

    private static string Key(string option) => $"{SimulatedOptions.Section}:{option}";
}
