using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Grains.Jobs;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Grains.Tests.Jobs;

/// <summary>A silo with job grains and one replica that needs no model, and a folder to work in.</summary>
internal sealed class JobCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly ModelRef Model = new("m", 1);

    private readonly string _root = Directory.CreateTempSubdirectory("jobs-tests-").FullName;
    private InProcessTestCluster? _cluster;

    public FakeReplica Replica { get; } = new();

    public string Input => Path.Combine(_root, "in");

    public IJobsGrain Jobs => _cluster!.Client.GetGrain<IJobsGrain>(IJobsGrain.Key);

    /// <summary>Awaited when the register of jobs asks for models, that is within a submission.</summary>
    public Func<Task> SubmitGate { get; set; } = () => Task.CompletedTask;

    public IJobGrain Job(string id) => _cluster!.Client.GetGrain<IJobGrain>(id);

    public string Output(string name) => Path.Combine(_root, name);

    public async Task StartAsync(int files, bool roots = true)
    {
        Directory.CreateDirectory(Input);
        for (var i = 0; i < files; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(Input, $"{i:D4}.png"), i % 10 == 3 ? "bad" : $"image {i}");
        }

        await DeployAsync(roots);
    }

    /// <summary>Stops the silo in an orderly way and starts another; its memory, the register too, is gone.</summary>
    public async Task RestartAsync()
    {
        await _cluster!.StopAllSilosAsync();
        await _cluster.DisposeAsync();
        await DeployAsync(roots: true);
    }

    private async Task DeployAsync(bool roots)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) =>
        {
            var settings = new Dictionary<string, string?> { ["Jobs:ShardRows"] = "5", ["Jobs:BatchRows"] = "2" };
            if (roots)
            {
                settings["Jobs:InputRoots:0"] = _root;
                settings["Jobs:OutputRoots:0"] = _root;
            }

            silo.AddSiloPinnedPlacement().AddMemoryGrainStorage(ClusterBuilderExtensions.StorageName);
            silo.Services.AddSingleton<IShardReplicas>(Replica);
            silo.Services.AddSingleton<IJobModels>(services => new FakeModels(
                options.SiloName, Replica, this, services.GetRequiredService<IGrainContextAccessor>()));
            silo.Services.AddArchiveJobs(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public JobRequest Request(string output, string? id = null) => new("m", null, Input, Output(output), id);

    /// <summary>Polls until the job ended.</summary>
    public async Task<JobStatus> EndOfAsync(string jobId)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var status = (await Jobs.Get(jobId)).Job!;
            if (status.State is JobState.Succeeded or JobState.Failed)
            {
                return status;
            }

            if (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"Job {jobId} did not end: {status}");
            }

            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }
}

/// <summary>One ready replica on the silo.</summary>
internal sealed class FakeModels(
    string silo, FakeReplica replica, JobCluster cluster, IGrainContextAccessor caller) : IJobModels
{
    public async Task<RouteTable> ReadAsync(CancellationToken cancellationToken)
    {
        if (caller.GrainContext.GrainId.Key.ToString() == IJobsGrain.Key)
        {
            await cluster.SubmitGate();
        }

        return Table();
    }

    private RouteTable Table() => new()
    {
        Version = 1,
        Entries =
        [
            new RouteEntry
            {
                Model = JobCluster.Model,
                Replicas =
                [
                    new ReplicaReport
                    {
                        Replica = new ReplicaKey(silo, DeviceId.Cpu(0), JobCluster.Model),
                        State = ReplicaState.Ready,
                        Digest = replica.Digest,
                    },
                ],
            },
        ],
    };
}

internal sealed class FakeReplica : IShardReplicas, IShardReplica, IRowCodec
{
    private static readonly ModelSignature _signature = new(
        "serving_default",
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(TensorShape.Any, 1))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(TensorShape.Any, 1))],
        Batched: true);

    private int _rows;

    public string Digest { get; set; } = "d1";

    /// <summary>Rows that were scored.</summary>
    public int Rows => _rows;

    /// <summary>Awaited before every batch.</summary>
    public Func<CancellationToken, Task> Gate { get; set; } = _ => Task.CompletedTask;

    public Func<ScoringFault?> Fail { get; set; } = () => null;

    public ModelSignature Signature => _signature;

    public TensorSpec Input => _signature.Inputs[0];

    public int RowBytes => sizeof(float);

    public ImmutableArray<string> Classes => ["only"];

    public IShardReplica? Find(DeviceId device, ModelRef model) => model == JobCluster.Model ? this : null;

    public RunnerOffer Offer() => new()
    {
        ModelDigest = Digest,
        Signature = _signature.Name,
        Manifest = "{}",
        Classes = Classes,
        BatchRowsMax = 64,
        Engine = "fake",
        Slots = 2,
        ThreadsPerSlot = 1,
    };

    public (IRowCodec? Codec, ScoringFault? Fault) CreateCodec(JobPins pins) => (this, null);

    public ScoringFault? Encode(ReadOnlySpan<byte> file, Span<byte> row) =>
        Encoding.UTF8.GetString(file) != "bad" && BitConverter.TryWriteBytes(row, (float)file[^1])
            ? null
            : new ScoringFault(FaultKind.InputUnreadable, "no image");

    public ScoringFault? Decode(ImmutableArray<Tensor> outputs, int row, Span<float> scores, out int predicted)
    {
        scores[0] = outputs[0].Values<float>()[row];
        predicted = 0;
        return null;
    }

    public async Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        await Gate(cancellationToken);
        if (Fail() is { } fault)
        {
            return BatchOutcome.Failed(fault);
        }

        Interlocked.Add(ref _rows, request.Rows);
        var output = Tensor.Copy<float>(TensorBlockPool.Shared, "y", ElementType.Float32,
            TensorShape.Of(request.Rows, 1), request.Inputs[0].Values<float>());
        request.Inputs[0].Dispose();
        return new BatchOutcome(null, [output], TimeSpan.Zero, TimeSpan.Zero, request.Rows);
    }
}
