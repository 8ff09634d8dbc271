using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Rows;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;

namespace ScoringCluster.Archive.Tests.Jobs;

/// <summary>
/// A job on a temporary folder of small files, with a codec and a scorer that need no model: a row's tensor is the sum
/// of its bytes, and its scores follow from it.
/// </summary>
internal sealed class JobBench : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly ExecutionPins Execution = new("fake", "1", "any", 1, 1);

    private readonly string _root = Directory.CreateTempSubdirectory("archive-tests-").FullName;

    public string Input => Path.Combine(_root, "in");

    public string Output { get; set; } = "out";

    public string OutputPath => Path.Combine(_root, Output);

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeScorer Scorer { get; } = new();

    public JobSpec Spec => new()
    {
        Model = "m@1",
        ModelDigest = "d1",
        Signature = FakeCodec.Serving.Name,
        Manifest = "{}",
        Classes = FakeCodec.Names,
        Input = Input,
        ShardRows = 5,
        BatchRows = 2,
        Execution = Execution,
    };

    /// <summary>
    /// Files <c>a/0001.png</c> and so on; those whose number is in <paramref name="bad"/> are no images.
    /// </summary>
    public JobBench WithFiles(int count, params int[] bad)
    {
        for (var i = 0; i < count; i++)
        {
            Write($"{(char)('a' + (i % 3))}/{i:D4}.png", bad.Contains(i) ? "bad" : $"image {i * 7}");
        }

        return this;
    }

    public void Write(string relative, string text)
    {
        var path = Path.Combine(Input, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, new DateTime(2025, 5, 5, 0, 0, 0, DateTimeKind.Utc));
    }

    public JobFolder Folder(Action<JobStep>? reached = null) => new(OutputPath) { Reached = reached };

    /// <summary>A file in the output folder that no job wrote.</summary>
    public string WriteOutput(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(OutputPath, relative));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "mine");
        return path;
    }

    public Task<JobPlanResult> TryPlanAsync(JobSpec? spec = null) =>
        new JobPlanner(Time).PlanAsync(Folder(), spec ?? Spec, TestContext.Current.CancellationToken);

    public async Task<JobPins> PlanAsync(JobFolder folder, JobSpec? spec = null)
    {
        var plan = await new JobPlanner(Time).PlanAsync(folder, spec ?? Spec, TestContext.Current.CancellationToken);
        Assert.Null(plan.Fault);
        return plan.Pins!;
    }

    public ShardRunner Runner(
        JobFolder folder, JobPins pins, string owner = "one", IClaimOwners? owners = null, int inFlight = 2) =>
        new(folder, pins, new ShardRunnerSetup(
            $"{owner}/cpu:0/m@1", Execution, new FakeCodec(), Scorer, new ClaimOwner(owner, "run"),
            owners ?? new LiveOwners(owner), inFlight, Commits.Enqueue), Time);

    public ConcurrentQueue<Receipt> Commits { get; } = new();

    /// <summary>Plan, run and finish, as a process does from its start.</summary>
    public async Task<JobManifest> WorkAsync(
        string owner = "one", Action<JobStep>? reached = null, JobSpec? spec = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Folder(reached);
        var pins = await PlanAsync(folder, spec);
        Assert.Null(await Runner(folder, pins, owner).RunAsync(cancellation)
            .WaitAsync(Patience, cancellation));
        var finish = await new JobFinisher(Time).FinishAsync(folder, pins, cancellation);
        Assert.Null(finish.Fault);
        return finish.Manifest!;
    }

    /// <summary>Lets pauses pass until the task ends.</summary>
    public async Task AdvanceUntilEndOf(Task task)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (!task.IsCompleted)
        {
            timeout.Token.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    /// <summary>Names and bytes of everything in shards/ and errors/.</summary>
    public ImmutableSortedDictionary<string, string> Data() => ((string[])["shards", "errors"])
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(OutputPath, folder)))
        .ToImmutableSortedDictionary(
            file => Path.GetRelativePath(OutputPath, file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

/// <summary>Only the named silos live; a claim of a run that is not theirs may be adopted.</summary>
internal sealed class LiveOwners(params string[] silos) : IClaimOwners
{
    public bool IsAlive(ClaimOwner owner) => silos.Contains(owner.Silo);
}

internal sealed class FakeCodec : IRowCodec
{
    public static readonly ImmutableArray<string> Names = ["low", "high"];

    public static readonly ModelSignature Serving = new(
        "serving_default",
        [new TensorSpec("x", ElementType.Float32, TensorShape.Of(TensorShape.Any, 1))],
        [new TensorSpec("y", ElementType.Float32, TensorShape.Of(TensorShape.Any, 2))],
        Batched: true);

    public ModelSignature Signature => Serving;

    public TensorSpec Input => Serving.Inputs[0];

    public int RowBytes => sizeof(float);

    public ImmutableArray<string> Classes => Names;

    public ScoringFault? Encode(ReadOnlySpan<byte> file, Span<byte> row)
    {
        if (Encoding.UTF8.GetString(file) == "bad")
        {
            return new ScoringFault(FaultKind.InputUnreadable, "no image");
        }

        var sum = 0f;
        foreach (var value in file)
        {
            sum += value;
        }

        return BitConverter.TryWriteBytes(row, sum) ? null : throw new InvalidOperationException("The row is short.");
    }

    public ScoringFault? Decode(ImmutableArray<Tensor> outputs, int row, Span<float> scores, out int predicted)
    {
        outputs[0].Values<float>().Slice(row * 2, 2).CopyTo(scores);
        predicted = scores[0] > scores[1] ? 0 : 1;
        return null;
    }
}

internal sealed class FakeScorer : IRowScorer
{
    /// <summary>The row values of every call, in the order of calls.</summary>
    public ConcurrentQueue<float[]> Batches { get; } = new();

    /// <summary>How each call's batch may be executed, in the order of calls.</summary>
    public ConcurrentQueue<(bool Exclusive, int PadToRows)> Forms { get; } = new();

    /// <summary>Asked before each call; its fault is the answer.</summary>
    public Func<float[], ScoringFault?> Fail { get; set; } = _ => null;

    /// <summary>Awaited before each answer.</summary>
    public Func<CancellationToken, Task> Gate { get; set; } = _ => Task.CompletedTask;

    public async Task<BatchOutcome> ScoreAsync(BatchRequest request, CancellationToken cancellationToken)
    {
        Assert.Equal(Lane.Archive, request.Lane);
        Forms.Enqueue((request.Exclusive, request.PadToRows));
        var values = request.Inputs[0].Values<float>().ToArray();
        request.Inputs[0].Dispose();
        Batches.Enqueue(values);
        await Gate(cancellationToken);
        if (Fail(values) is { } fault)
        {
            return BatchOutcome.Failed(fault);
        }

        var scores = values.SelectMany(v => new[] { 1 / (1 + v), v / (1 + v) }).ToArray();
        var output = Tensor.Copy<float>(
            TensorBlockPool.Shared, "y", ElementType.Float32, TensorShape.Of(values.Length, 2), scores);
        return new BatchOutcome(null, [output], TimeSpan.Zero, TimeSpan.Zero, values.Length);
    }
}
