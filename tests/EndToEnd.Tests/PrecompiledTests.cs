using System.Reflection.PortableExecutable;

namespace ScoringCluster.EndToEnd.Tests;

/// <summary>The program that users run brings machine code: nothing else would tell that it no longer does.</summary>
public sealed class PrecompiledTests
{
    /// <summary>Of <c>PrecompileExclude</c> in <c>ReadyToRun.targets</c>: what is never loaded.</summary>
    private static readonly string[] _excluded = ["Humanizer", "Microsoft.CodeAnalysis", "System.Composition"];

    [Fact]
    public void Program_OfTheReleaseBuild_ConsistsOfReadyToRunImages()
    {
        var folder = Path.GetDirectoryName(ScoringProcess.Program)!;
        var missing = Path.Combine(folder, "readytorun.missing");
        Assert.SkipUnless(Path.GetFileName(folder) == "release", "Only Release builds are precompiled.");
        Assert.SkipWhen(File.Exists(missing), File.Exists(missing) ? File.ReadAllText(missing).Trim() : "");

        var assemblies = Directory.GetFiles(folder, "*.dll")
            .Where(file => !_excluded.Any(name => Path.GetFileName(file).StartsWith(name, StringComparison.Ordinal)))
            .ToList();

        Assert.Contains(assemblies, file => Path.GetFileName(file) == "Orleans.Runtime.dll");
        Assert.Contains(assemblies, file => Path.GetFileName(file) == "ScoringCluster.Engine.dll");
        Assert.Empty(assemblies.Where(file => !IsReadyToRun(file)).Select(Path.GetFileName));
    }

    private static bool IsReadyToRun(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        return image.PEHeaders.CorHeader is { ManagedNativeHeaderDirectory.Size: > 0 };
    }
}
