using ScoringCluster.SavedModel.Graphs;

namespace ScoringCluster.SavedModel.Tests.Golden;

/// <summary>Real exports of several generations of TensorFlow and Keras.</summary>
public sealed class GoldenCaseTests
{
    [Fact]
    public void Signatures_OfEachModel_AreThoseOfItsDescription() => Check(golden =>
    {
        if (!golden.HasSignatures)
        {
            Assert.Contains("signature", Assert.Throws<SavedModelException>(() =>
                SavedModelReader.Open(golden.Folder)).Message, StringComparison.Ordinal);
            return;
        }

        using var reader = SavedModelReader.Open(golden.Folder);
        Assert.Equal(golden.Signatures(), reader.Signatures.Select(signature => $"{signature.Name}: "
            + $"{string.Join(", ", signature.Inputs)} -> {string.Join(", ", signature.Outputs)}"));
        Assert.Empty(reader.Broken);
    });

    [Fact]
    public void Flatten_OfEachSignatureThatMustRun_GivesAWholeGraph() => Check(golden =>
    {
        if (!golden.HasSignatures)
        {
            return;
        }

        using var reader = SavedModelReader.Open(golden.Folder);
        foreach (var signature in reader.Signatures)
        {
            FlatGraph graph;
            try
            {
                graph = reader.Flatten(signature.Name);
            }
            catch (SavedModelException e) when (e.Unsupported && golden.Embedded(signature.Name) != "must")
            {
                continue;
            }

            Assert.Equal(signature.Inputs, graph.Inputs.Select(input => input.Spec));
            Assert.Equal(signature.Outputs, graph.Outputs.Select(output => output.Spec));
            CheckOrder(graph);
            if (golden.Embedded(signature.Name) == "must")
            {
                var known = golden.Ops().Concat(["Const", "Placeholder", "Gather", "GatherNd"]).ToHashSet();
                Assert.Subset(known, graph.Nodes.Select(node => node.Op).ToHashSet());
                Assert.DoesNotContain(graph.Nodes, node => node.Op is "VarHandleOp" or "ReadVariableOp" or "VariableV2"
                    or "Identity" or "PartitionedCall" or "StatefulPartitionedCall");
            }
        }
    });

    private static void CheckOrder(FlatGraph graph)
    {
        var seen = new HashSet<FlatNode>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            Assert.All(node.Inputs, edge => Assert.Contains(edge.Node, seen));
            Assert.True(seen.Add(node) && names.Add(node.Name), node.Name);
            Assert.Equal(node.Op == "Const", node.Constant is not null);
        }

        Assert.All(graph.Outputs, output => Assert.Contains(output.Source.Node, seen));
    }

    /// <summary>All cases are tried; what failed is said together, each with its name.</summary>
    private static void Check(Action<GoldenCase> check)
    {
        var failures = new List<string>();
        foreach (var golden in GoldenCase.All())
        {
            try
            {
                check(golden);
            }
            catch (Exception e) when (e is SavedModelException or Xunit.Sdk.XunitException)
            {
                failures.Add($"{golden.Name}: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }
}
