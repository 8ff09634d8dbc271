using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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

    /// <summary>Nothing here takes this long; a wait that does says what it waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("engine-").FullName;
    private readonly IHost _host;

    public EngineFixture(params (string Key, string Value)[] settings)
    {
        File.WriteAllText(Path.Combine(_folder, "saved_model.pb"), "the fake runtime does not read it");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Models:Named:m"] = _folder,
            ["Devices:Cpu:0"] = "cpu:0=1",
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<IModelRuntime>(Runtime);
        builder.Services.AddModelEngine(builder.Configuration);
        builder.Services.AddMetrics();
        _host = builder.Build();
        Replicas = _host.Services.GetRequiredService<ReplicaHost>();
    }

    public FakeTimeProvider Time { get; } = new();

    public FakeModelRuntime Runtime { get; } = new();

    public ReplicaHost Replicas { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Loads the model; its warm-up is over, so that executions that tests see are theirs.</summary>
    public async Task<LoadedModel> LoadAsync() =>
        await Replicas.LoadAsync(DeviceId.Cpu(0), Model, Token).WaitAsync(Patience, Token);

    public static BatchRequest Request(int rows, float first, Lane lane = Lane.Online, TimeSpan? timeLeft = null) =>
        new()
        {
            Signature = FakeModelRuntime.Signature,
            Inputs = [FakeModelRuntime.Rows(rows, first)],
            Rows = rows,
            Lane = lane,
            TimeLeft = timeLeft ?? Timeout.InfiniteTimeSpan,
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
        Runtime.Release(10_000);
        await Replicas.DisposeAsync();
        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
