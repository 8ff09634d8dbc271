using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Placement;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Contracts.Tests;

/// <summary>Every message through the real serializer, and names that survive a renamed type.</summary>
public sealed class MessagesTests
{
    private static readonly ModelRef _model = new("m", 3);
    private static readonly ReplicaKey _replica = new("silo-0", DeviceId.Cpu(1), _model);
    private static readonly ScoringFault _fault = new(FaultKind.Overloaded, "The queue is full.")
    {
        Violations = [new FaultViolation("inputs[x]", "missing")],
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    /// <summary>One of each, no property at its default.</summary>
    private static readonly object[] _messages =
    [
        new LoadCommand(7),
        Report(),
        new RouteEntry { Model = _model, Replicas = [Report()] },
        new RouteTable
        {
            Version = 9,
            Entries = [new RouteEntry { Model = _model, Replicas = [Report()] }],
            Required = ["m"],
        },
        Device(),
        new VersionReport(_model, "f"),
        new SiloReport("silo-0", [Device()], [new VersionReport(_model, "f")], ["m"], 11),
        new JobRequest("m", 3, "/in", "/out", "job", Deterministic: false),
        new JobReply(_fault, Status()),
        Status(),
        new JobTicket("job", "/out", _model, DateTimeOffset.UnixEpoch) { ManifestAssumed = true },
        new RunnerOffer
        {
            Fault = _fault,
            ModelDigest = "d",
            Signature = "s",
            Manifest = "{}",
            ManifestAssumed = true,
            Classes = ["a", "b"],
            BatchRowsMax = 64,
            Engine = "onnx",
            EngineVersion = "1",
            DeviceClass = "cpu",
            Slots = 2,
            ThreadsPerSlot = 3,
        },
        new ShardReport(1, 2, 3),
        new RunnerReport(_replica, _fault),
    ];

    private static readonly JsonSerializerOptions _json = new() { Converters = { new ShapeText() } };

    private readonly Serializer _serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<string> Names => [.. _messages.Select(message => message.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_RoundTrip_KeepsEveryProperty(string name)
    {
        var message = _messages.Single(m => m.GetType().Name == name);

        var read = _serializer.Deserialize<object>(_serializer.SerializeToArray(message));

        Assert.IsType(message.GetType(), read);
        Assert.Equal(Text(message), Text(read));
    }

    [Fact]
    public void Messages_OfTheProject_AreAllTested()
    {
        // Those with tensors, and the two of the placement, are tested beside their types.
        Type[] elsewhere =
        [
            typeof(ScoreCommand), typeof(ScoreAnswer), typeof(SiloPinnedPlacement), typeof(SiloNotFoundException),
        ];

        Assert.Empty(Messages().Except(_messages.Select(m => m.GetType())).Except(elsewhere));
    }

    [Fact]
    public void NamesOnTheWire_OfMessagesGrainsAndMethods_AreStated()
    {
        var grains = typeof(IReplicaGrain).Assembly.GetExportedTypes()
            .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain))).ToList();
        MemberInfo[] named = [.. Messages(), .. grains, .. grains.SelectMany(grain => grain.GetMethods())];

        Assert.Empty(named.Where(member => member.GetCustomAttribute<AliasAttribute>() is null)
            .Select(member => $"{member.DeclaringType?.Name}.{member.Name}"));
    }

    [Fact]
    public void ScoreAnswer_RoundTrip_KeepsOutputsAndCost()
    {
        var answer = new ScoreAnswer
        {
            Fault = _fault,
            Outputs =
            [
                Tensor.Copy<float>(TensorBlockPool.Shared, "y", ElementType.Float32, TensorShape.Of(1, 2), [1, 2]),
            ],
            Replica = _replica,
            Engine = "onnx",
            Queued = TimeSpan.FromMilliseconds(3),
            Computed = TimeSpan.FromMilliseconds(4),
            BatchRows = 5,
            QueuedSeconds = 0.25,
        };

        var read = _serializer.Deserialize<ScoreAnswer>(_serializer.SerializeToArray(answer))!;

        Assert.Equal([1, 2], Assert.Single(read.Outputs).Values<float>().ToArray());
        Assert.Equal(_fault.Message, read.Fault?.Message);
        Assert.Equal(
            (answer.Replica, answer.Engine, answer.Queued, answer.Computed, answer.BatchRows, answer.QueuedSeconds),
            (read.Replica, read.Engine, read.Queued, read.Computed, read.BatchRows, read.QueuedSeconds));
    }

    [Fact]
    public void SiloNotFoundException_RoundTrip_KeepsTypeAndMessage()
    {
        var bytes = _serializer.SerializeToArray<Exception>(new SiloNotFoundException("Silo 'x' is not active."));

        var read = Assert.IsType<SiloNotFoundException>(_serializer.Deserialize<Exception>(bytes));

        Assert.Equal("Silo 'x' is not active.", read.Message);
    }

    private static IEnumerable<Type> Messages() => typeof(IReplicaGrain).Assembly.GetExportedTypes()
        .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null);

    private static string Text(object message) => JsonSerializer.Serialize(message, message.GetType(), _json);

    private static DeviceReport Device() => new(DeviceId.Cpu(1), "cpu-avx2", 2, 3, 4);

    private static JobStatus Status() => new()
    {
        JobId = "job",
        State = JobState.Failed,
        Output = "/out",
        Model = _model,
        Rows = 1,
        RowsScored = 2,
        RowsBad = 3,
        Shards = 4,
        ShardsCommitted = 5,
        Fault = _fault,
        Submitted = DateTimeOffset.UnixEpoch,
        RowsPerSecond = 6.5,
        ManifestAssumed = true,
    };

    private static ReplicaReport Report() => new()
    {
        Replica = _replica,
        State = ReplicaState.Draining,
        Epoch = 1,
        Failure = "why",
        Signatures =
        [
            new ModelSignature(
                "s",
                [new TensorSpec("x", ElementType.Int64, TensorShape.Of(-1, 2))],
                [new TensorSpec("y", ElementType.Bytes, TensorShape.UnknownRank)],
                Batched: true),
        ],
        Refused = ImmutableDictionary<string, string>.Empty.Add("t", "op"),
        Engine = "onnx",
        EngineReason = "only one",
        Digest = "d",
        ManifestJson = "{}",
        BatchRowsMax = 64,
        MemoryBytes = 5,
        LoadTime = TimeSpan.FromSeconds(6),
    };

    private sealed class ShapeText : JsonConverter<TensorShape>
    {
        public override TensorShape Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException("Shapes are only written.");

        public override void Write(Utf8JsonWriter writer, TensorShape value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
