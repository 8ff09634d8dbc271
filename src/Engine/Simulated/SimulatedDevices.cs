using System.Globalization;
using System.Text.RegularExpressions;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Simulated;

/// <summary>The simulated devices of a silo, and everything that is wrong with their options.</summary>
internal static partial class SimulatedDevices
{
    /// <summary>What jobs pin as the device's class: its answers are the same everywhere.</summary>
    public const string Class = "simulated";

    /// <summary>Devices of one silo: each slot of one is a thread.</summary>
    private const int DevicesMax = 1024;

    private const int SlotsMax = 64;
    private const double MillisecondsMax = 60_000;
    private const long RowElementsMax = 64L << 20;

    /// <param name="failures">Gets one sentence for each thing that is wrong.</param>
    public static IReadOnlyList<Device> Read(SimulatedOptions options, List<string> failures)
    {
        var devices = new List<Device>();
        foreach (var text in options.Devices)
        {
            if (!TryParse(text, out var first, out var last, out var slots))
            {
                failures.Add(
                    $"{Name(nameof(options.Devices))} '{text}' is not of the form sim:INDEX=SLOTS or "
                        + $"sim:FIRST-LAST=SLOTS with 1 to {SlotsMax} slots and indices below {DevicesMax}.");
                continue;
            }

            for (var index = first; index <= last; index++)
            {
                var id = new DeviceId(SimulatedRuntime.DeviceKind, index);
                if (devices.Exists(device => device.Id == id))
                {
                    failures.Add($"{Name(nameof(options.Devices))} names {id} twice.");
                    break;
                }

                devices.Add(new Device(id, Class, slots, ThreadsPerSlot: 1, options.MemoryBytes));
            }
        }

        failures.AddRange(Check(options));
        return devices;
    }

    private static IEnumerable<string> Check(SimulatedOptions options)
    {
        var times = new[]
        {
            (nameof(options.LatencyMilliseconds), options.LatencyMilliseconds),
            (nameof(options.RowMilliseconds), options.RowMilliseconds),
        };
        foreach (var (name, value) in times)
        {
            if (value is not (>= 0 and <= MillisecondsMax))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{Name(name)} {value} is not within 0 to {MillisecondsMax}.");
            }
        }

        if (options.RowsMax < 0)
        {
            yield return $"{Name(nameof(options.RowsMax))} {options.RowsMax} is negative; 0 means any number.";
        }

        if (options.ModelBytes < 1 || options.ModelBytes > options.MemoryBytes)
        {
            yield return $"{Name(nameof(options.ModelBytes))} {options.ModelBytes} is not within 1 to the "
                + $"{options.MemoryBytes} of {Name(nameof(options.MemoryBytes))}.";
        }

        if (FailureRule.TryParse(options.FailOn) is null)
        {
            yield return $"{Name(nameof(options.FailOn))} '{options.FailOn}' is none of none, nan, negative and no "
                + $"number.";
        }

        foreach (var failure in CheckInput(options))
        {
            yield return failure;
        }
    }

    private static IEnumerable<string> CheckInput(SimulatedOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Input))
        {
            yield return $"{Name(nameof(options.Input))} is empty.";
        }

        if (!ElementTypes.TryParseProtocolName(options.InputType, out var type) || type == ElementType.Bytes)
        {
            yield return $"{Name(nameof(options.InputType))} '{options.InputType}' is no type of numbers: FP32, "
                + $"UINT8, INT64…";
        }

        if (options.InputRow.Any(size => size < 1) || options.InputRow.Count >= Limits.TensorRankMax
            || options.InputRow.Aggregate(1.0, (product, size) => product * size) > RowElementsMax)
        {
            yield return $"{Name(nameof(options.InputRow))} [{string.Join(',', options.InputRow)}] is no row: fewer "
                + $"than {Limits.TensorRankMax} positive sizes, at most {RowElementsMax} numbers in all.";
        }
    }

    private static bool TryParse(string text, out int first, out int last, out int slots)
    {
        (first, last, slots) = (0, 0, 0);
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        first = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        last = match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : first;
        slots = int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture);
        return first <= last && last < DevicesMax && slots is >= 1 and <= SlotsMax;
    }

    private static string Name(string option) => $"{SimulatedOptions.Section}:{option}";

    [GeneratedRegex(@"\Asim:([0-9]{1,6})(?:-([0-9]{1,6}))?=([0-9]{1,6})\z")]
    private static partial Regex Pattern();
}
