using System.Collections.Immutable;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Tests;

/// <summary>Models of the tests and the route tables that offer them.</summary>
internal static class TestModels
{
    /// <summary>Adds three numbers a row.</summary>
    public static readonly ModelSignature Sum = new(
        ModelSignature.Default,
        [
            new TensorSpec("a", ElementType.Float32, TensorShape.Of(-1, 2)),
            new TensorSpec("b", ElementType.Int32, TensorShape.Of(-1)),
        ],
        [
            new TensorSpec("sum", ElementType.Float32, TensorShape.Of(-1)),
            new TensorSpec("twice", ElementType.Int32, TensorShape.Of(-1)),
        ],
        Batched: true);

    /// <summary>Classifies pictures of 2×2 grey pixels.</summary>
    public static readonly ModelSignature Picture = new(
        ModelSignature.Default,
        [new TensorSpec("pixels", ElementType.Float32, TensorShape.Of(-1, 2, 2, 1))],
        [new TensorSpec("scores", ElementType.Float32, TensorShape.Of(-1, 2))],
        Batched: true);

    /// <summary>Answers its input, of any shape of a rank.</summary>
    public static ModelSignature Echo(ElementType type, int rank = 1, bool batched = true)
    {
        var spec = new TensorSpec("x", type, TensorShape.Of([.. Enumerable.Repeat(TensorShape.Any, rank)]));
        return new ModelSignature(ModelSignature.Default, [spec], [spec], batched);
    }

    public static RouteTable Table(long version, params RouteEntry[] more) => new()
    {
        Version = version,
        Required = ["sum"],
        Entries =
        [
            .. Enum.GetValues<ElementType>().Select(type => Entry($"echo-{type}", 1, Echo(type))),
            Entry("echo2", 1, Echo(ElementType.Float32, rank: 2)),
            Entry("echo3", 1, Echo(ElementType.Float64, rank: 3, batched: false)),
            Entry("failed", 1, Sum) with
            {
                Replicas = [Replica("failed", 1, Sum) with { State = ReplicaState.Failed, Failure = "it is corrupt" }],
            },
            Entry("picture", 1, Picture),
            Entry("sum", 2, Sum),
            Entry("sum", 10, Sum),
            Entry("sum", 11, Sum) with
            {
                Replicas = [Replica("sum", 11, Sum) with { State = ReplicaState.Loading }],
            },
            .. more,
        ],
    };

    /// <summary>A version with one ready replica on each of the silos; on one silo where none is named.</summary>
    public static RouteEntry Entry(string name, int version, ModelSignature signature, params string[] silos) => new()
    {
        Model = new ModelRef(name, version),
        Replicas = silos is []
            ? [Replica(name, version, signature)]
            : [.. silos.Select(silo => Replica(name, version, signature, silo))],
    };

    /// <summary>A ready replica: has another signature, <c>other</c>, too and refuses <c>train</c>.</summary>
    public static ReplicaReport Replica(
        string name, int version, ModelSignature signature, string silo = "silo-0") => new()
        {
            Replica = new ReplicaKey(silo, DeviceId.Cpu(0), new ModelRef(name, version)),
            State = ReplicaState.Ready,
            Signatures = [signature, signature with { Name = "other", Inputs = [signature.Inputs[0]] }],
            Refused = ImmutableDictionary<string, string>.Empty.Add("train", "op RandomUniform draws numbers"),
            Digest = name,
            BatchRowsMax = 4,
        };
}
