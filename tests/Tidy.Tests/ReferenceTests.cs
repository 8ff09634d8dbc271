using System.Xml.Linq;

namespace ScoringCluster.Tidy.Tests;

/// <summary>Who may see whom: the table of docs/ARCHITECTURE.md, held to the project files.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Core"] = [],
        ["Contracts"] = ["Core"],
        ["SavedModel"] = ["Core"],
        ["Engine"] = ["Core", "SavedModel"],
        ["Engine.Onnx"] = ["Engine"],
        ["Preprocessing"] = ["Core"],
        ["Archive"] = ["Core", "SavedModel", "Engine", "Preprocessing"],
        ["Grains"] = ["Contracts", "Engine", "Archive"],
        ["ServiceDefaults"] = ["Core", "Contracts"],
        ["Silo"] = ["Grains", "Engine.Onnx", "ServiceDefaults"],
        ["Protocol"] = ["Core"],
        ["Gateway"] = ["Protocol", "Contracts", "SavedModel", "Preprocessing", "ServiceDefaults"],
        ["Cli"] =
        [
            "Silo", "Gateway", "Protocol", "Engine.Onnx", "Engine", "SavedModel", "Preprocessing", "Archive",
            "Contracts", "ServiceDefaults",
        ],
    };

    private static readonly Dictionary<string, string[]> _bannedPackages = new()
    {
        ["SavedModel"] = ["Orleans", "AspNetCore"],
        ["Engine"] = ["Orleans", "AspNetCore", "OnnxRuntime"],
        ["Engine.Onnx"] = ["Orleans", "AspNetCore"],
        ["Archive"] = ["Orleans", "AspNetCore", "OnnxRuntime"],
        ["Grains"] = ["OnnxRuntime", "Grpc", "AspNetCore"],
        ["Gateway"] = ["OnnxRuntime"],
    };

    [Fact]
    public void Projects_OfSrc_ReferenceOnlyWhatTheTableAllows()
    {
        var wrong = new List<string>();
        foreach (var file in Tree.Files("*.csproj", "src"))
        {
            var name = file.Split('/')[1];
            if (!_allowed.TryGetValue(name, out var allowed))
            {
                wrong.Add($"{name} is not in the table");
                continue;
            }

            wrong.AddRange(Includes(file, "ProjectReference")
                .Select(include => Path.GetFileName(Path.GetDirectoryName(include))!)
                .Where(reference => !allowed.Contains(reference))
                .Select(reference => $"{name} → {reference}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Packages_OfALayer_AreNotThoseOfAnother() =>
        Assert.Empty(Tree.Files("*.csproj", "src").SelectMany(file =>
            _bannedPackages.GetValueOrDefault(file.Split('/')[1], []).SelectMany(banned =>
                Includes(file, "PackageReference").Concat(Includes(file, "FrameworkReference"))
                    .Where(package => package.Contains(banned, StringComparison.Ordinal))
                    .Select(package => $"{file} → {package}"))));

    [Fact]
    public void NativeImports_OfTheProject_StandInFourPlaces() =>
        Assert.Empty(Tree.Files("*.cs", "src")
            .Where(file => file is not ("src/Archive/Posix.cs" or "src/Core/Tensors/SystemMemory.cs"
                or "src/Engine.Onnx/OnnxPrivacy.cs")
                && !file.StartsWith("src/Engine.TensorFlow/Native/", StringComparison.Ordinal))
            .Where(file => Tree.Read(file).Contains("[LibraryImport", StringComparison.Ordinal)
                || Tree.Read(file).Contains("[DllImport", StringComparison.Ordinal)));

    [Fact]
    public void TestProjects_EachMirrorAProject()
    {
        string[] own = ["TestKit", "EndToEnd.Tests", "Tidy.Tests"];
        var sources = Tree.Files("*.csproj", "src").Select(file => file.Split('/')[1] + ".Tests").ToHashSet();
        Assert.Empty(Tree.Files("*.csproj", "tests").Select(file => file.Split('/')[1])
            .Where(name => !own.Contains(name) && !sources.Contains(name)));
    }

    private static IEnumerable<string> Includes(string file, string item) => XDocument.Parse(Tree.Read(file))
        .Descendants(item).Select(e => e.Attribute("Include")!.Value.Replace('\\', '/'));
}
