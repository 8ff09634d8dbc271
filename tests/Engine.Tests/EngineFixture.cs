using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using ScoringCluster.Core;
using ScoringCluster.Engine.Batching;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests;

/// <summary>The engine as a host composes it, with a fake runtime and one model in a folder of the test's
/// own.</summary>
internal sealed class EngineFixture : IAsyncDisposable
{
    public static readonly ModelRef Model = new("m", 1);

    /// <summary>Another model on the same device.</summary>
    public static readonly ModelRef Other = new("n", 1);

    /// <summary>Nothing here takes this long; a wait that does says what it waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-").FullName;
    private readonly IHost _host;

    public EngineFixture(params (string Key, string Value)[] settings)
        : this(new FakeTimeProvider(), settings)
    {
    }

    public EngineFixture(FakeTimeProvider time, params (string Key, string Value)[] settings)
    {
        Time = time;
        File.WriteAllText(Path.Combine(_folder, "saved_model.pb"), "the fake runtime does not read it");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Models:Named:m"] = _folder,
            ["Models:Named:n"] = _folder,
            ["Devices:Cpu:0"] = "cpu:0=1",
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IModelRuntime>(Runtime);
        builder.Services.AddModelEngine(builder.Configuration);
        builder.Services.AddMetrics();
        builder.Logging.AddProvider(Logs);
        _host = builder.Build();
        Replicas = _host.Services.GetRequiredService<ReplicaHost>();
    }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _host.Services;

    public FakeModelRuntime Runtime { get; } = new()
    {
        Signatures =
        [
            FakeModelRuntime.Ragged, FakeModelRuntime.Signature, FakeModelRuntime.Text, FakeModelRuntime.Whole,
        ],
    };

    public ReplicaHost Replicas { get; }

    public RecordingLogs Logs { get; } = new();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Loads the model; its warm-up is over, so that executions that tests see are theirs.</summary>
    public Task<LoadedModel> LoadAsync() => LoadAsync(Model);

    public async Task<LoadedModel> LoadAsync(ModelRef model)
    {
        var loaded = await Replicas.LoadAsync(DeviceId.Cpu(0), model, Token).Within($"loading {model}");
        Runtime.Forget();
        return loaded;
    }

    /// <summary>One row that executes and stays at the gate, so that what comes next has to wait.</summary>
    public async Task<Task<BatchOutcome>> Occupy(LoadedModel model)
    {
        Runtime.Hold();
        var first = model.ScoreAsync(Request(1, 0), Token);
        await Runtime.Started(Patience, Token);
        return first;
    }

    public static BatchRequest Request(
        int rows, float first, Lane lane = Lane.Online, TimeSpan? timeLeft = null, TensorBlockPool? pool = null) =>
        new()
        {
            Signature = FakeModelRuntime.Signature,
            Inputs = [FakeModelRuntime.Rows(rows, first, pool)],
            Rows = rows,
            Lane = lane,
            TimeLeft = timeLeft ?? Timeout.InfiniteTimeSpan,
            CallersThread = true,
        };

    /// <summary>One row of <paramref name="pairs"/> pairs [first, 1].</summary>
    public static BatchRequest Ragged(int pairs, float first) => new()
    {
        Signature = FakeModelRuntime.Ragged,
        Inputs =
        [
            Tensor.Copy<float>(
                TensorBlockPool.Shared, "x", ElementType.Float32, TensorShape.Of(1, 2 * pairs),
                Enumerable.Range(0, pairs).SelectMany(_ => new[] { first, 1f }).ToArray()),
        ],
        Rows = 1,
    };

    /// <summary>Asserts that the answer is right, and returns its block.</summary>
    public static void AssertAnswer(BatchOutcome outcome, int rows, float first)
    {
        Assert.Null(outcome.Fault);
        using var output = Assert.Single(outcome.Outputs);
        Assert.Equal(FakeModelRuntime.Expected(rows, first), output.Values<float>().ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        Runtime.Release(100_000);
        await Replicas.DisposeAsync();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
        Assert.False(Runtime.Misused, "A model was disposed while it executed, or executed after it was disposed.");
    }
}
