using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace ScoringCluster.Tidy.Tests;

/// <summary>Small files, small methods, short lines: what is larger is cut along its joints, not squeezed.</summary>
public sealed class SizeTests
{
    private const int FileLinesMax = 400;
    private const int MethodLinesMax = 70;
    private const int LineLengthMax = 120;

    private static readonly IReadOnlyList<string> _sources =
        Tree.Files("*.cs", "src", "tests", "samples", "bench", "eng");

    [Fact]
    public void Files_OfTheProject_AreAtMost400Lines() =>
        Assert.Empty(_sources
            .Select(file => (file, lines: Tree.Lines(file).Length))
            .Where(x => x.lines > FileLinesMax)
            .Select(x => $"{x.file}: {x.lines} lines"));

    [Fact]
    public void Lines_OfTheProject_AreAtMost120Characters() =>
        Assert.Empty(_sources.SelectMany(file => Tree.Lines(file)
            .Select((line, index) => (line, index))
            .Where(x => x.line.Length > LineLengthMax)
            .Select(x => $"{file}:{x.index + 1}: {x.line.Length} characters")));

    [Fact]
    public void Methods_OfTheProject_AreAtMost70Lines() =>
        Assert.Empty(_sources.SelectMany(LongMethods));

    private static IEnumerable<string> LongMethods(string file)
    {
        var tree = CSharpSyntaxTree.ParseText(Tree.Read(file));
        foreach (var node in tree.GetRoot().DescendantNodes())
        {
            // The span leaves out documentation and attributes stand inside it: both are read with the method.
            if (node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax)
            {
                var span = tree.GetLineSpan(node.Span);
                var lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
                if (lines > MethodLinesMax)
                {
                    yield return $"{file}:{span.StartLinePosition.Line + 1}: a method of {lines} lines";
                }
            }
        }
    }
}
