using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Engine.Devices;

/// <summary>The devices of this silo, fixed for the life of the process.</summary>
public sealed class DeviceInventory
{
    /// <summary>Threads of one device: more than any machine has, fewer than a slip of the hand would start.</summary>
    private const int ThreadsMax = 1024;

    public DeviceInventory(IOptions<DeviceOptions> options)
    {
        var (devices, failures) = Read(options.Value);
        Devices = failures.Count == 0 ? devices
            : throw new OptionsValidationException(DeviceOptions.Section, typeof(DeviceOptions), failures);
    }

    /// <summary>By kind and index.</summary>
    public IReadOnlyList<Device> Devices { get; }

    /// <summary>
    /// What makes two CPUs round alike: the widest vector instructions, which choose the kernels. Jobs pin it.
    /// </summary>
    public static string CpuClass { get; } = Avx512F.IsSupported ? "cpu-avx512" : Avx2.IsSupported ? "cpu-avx2"
        : "cpu-baseline";

    public Device? Find(DeviceId id) => Devices.FirstOrDefault(device => device.Id == id);

    /// <summary>All devices, or everything that is wrong with the options.</summary>
    internal static (IReadOnlyList<Device> Devices, List<string> Failures) Read(DeviceOptions options)
    {
        var devices = new List<Device>();
        var failures = new List<string>();
        string[] texts = options.Cpu.Count > 0 ? [.. options.Cpu]
            : options.Simulated.Devices.Count > 0 ? [] : [$"cpu:0={Environment.ProcessorCount}"];
        foreach (var text in texts)
        {
            var parts = text.Split('=');
            if (parts.Length != 2 || !DeviceId.TryParse(parts[0], out var id) || id.Kind != "cpu"
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var threads)
                || threads is < 1 or > ThreadsMax)
            {
                failures.Add(
                    $"Devices:Cpu '{text}' is not of the form cpu:INDEX=THREADS with 1 to {ThreadsMax} threads; this "
                        + "build has cpu and simulated (sim) devices only.");
                continue;
            }

            var slots = options.Slots == 0 ? threads : options.Slots;
            if (slots < 0 || slots > threads)
            {
                failures.Add($"Devices:Slots {options.Slots} does not fit {parts[0]}, which has {threads} threads.");
                continue;
            }

            if (devices.Exists(d => d.Id == id))
            {
                failures.Add($"Devices:Cpu names {id} twice.");
                continue;
            }

            // Devices of one machine share its memory; what one may take is not promised to another.
            devices.Add(new Device(
                id, CpuClass, slots, threads / slots, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / texts.Length));
        }

        devices.AddRange(SimulatedDevices.Read(options.Simulated, failures));
        return ([.. devices.OrderBy(d => d.Id.Kind, StringComparer.Ordinal).ThenBy(d => d.Id.Index)], failures);
    }
}
