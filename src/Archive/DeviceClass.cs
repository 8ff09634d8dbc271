using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using ScoringCluster.Core;

namespace ScoringCluster.Archive;

/// <summary>Devices of one class round alike: engines choose their kernels by the instruction sets they find.</summary>
public static class DeviceClass
{
    /// <param name="description">What the inventory says of a device that is no processor of this machine.</param>
    public static string Of(DeviceId device, string description) => device.Kind == "cpu" ? Cpu() : description;

    private static string Cpu()
    {
        (string Name, bool Here)[] sets =
        [
            ("sse4.2", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported),
            ("fma", Fma.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported),
            ("avx512vbmi", Avx512Vbmi.IsSupported), ("avxvnni", AvxVnni.IsSupported), ("neon", AdvSimd.IsSupported),
            ("dotprod", Dp.IsSupported),
        ];
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        return string.Join(' ', sets.Where(set => set.Here).Select(set => set.Name).Prepend(architecture));
    }
}
