using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ScoringCluster.Engine.Onnx;

/// <summary>
/// ONNX Runtime's packages report to their maker unless an environment variable says no, and read it when the native
/// library is loaded. What this product scores is nobody else's business, so it says no (ADR 0006).
/// </summary>
internal static partial class OnnxPrivacy
{
    private const string Switch = "ORT_DISABLE_TELEMETRY";

    /// <summary>Before any type of this assembly is used, and with it the native library.</summary>
#pragma warning disable CA2255 // The native library reads the variable once, when it is loaded: later is too late.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Apply()
    {
        Environment.SetEnvironmentVariable(Switch, "1");
        if (!OperatingSystem.IsWindows())
        {
            // .NET keeps variables of its own there, which native code does not see.
            _ = SetEnv(Switch, "1", overwrite: 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
