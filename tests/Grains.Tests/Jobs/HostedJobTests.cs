using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Core;
using ScoringCluster.Engine;
using ScoringCluster.Engine.Hosting;
using ScoringCluster.Engine.Onnx;
using ScoringCluster.Grains.Jobs;
using ScoringCluster.TestKit;

namespace ScoringCluster.Grains.Tests.Jobs;

/// <summary>A job on the trained classifier and the real images, without a cluster.</summary>
public sealed class HostedJobTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("jobs-tests-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OnTheTrainedClassifier_ScoresEveryImageToTheSameBytes()
    {
        Assert.SkipWhen(SharedData.Models is null || SharedData.Data is null, SharedData.Missing);
        var input = Path.Combine(SharedData.Data, "busi");
        await using var services = Services(Path.Combine(SharedData.Models, "busi_cnn", "saved_model"));
        var host = services.GetRequiredService<ReplicaHost>();
        var model = new ModelRef("busi", 1);
        await host.LoadAsync(DeviceId.Cpu(0), model, Cancellation);
        var replica = new HostedReplicas(host).Find(DeviceId.Cpu(0), model)!;

        var one = await RunAsync(replica, input, "one", shardsInFlight: 1);
        var three = await RunAsync(replica, input, "three", shardsInFlight: 3);
        var shared = await RunAsync(replica, input, "shared", shardsInFlight: 3, deterministic: false);

        var images = Directory.GetFiles(input, "*.png", SearchOption.AllDirectories).Length;
        Assert.Equal((images, 0L, true), (one.Scored, one.Bad, one.Reproducible));
        Assert.Equal(["0", "1", "2"], one.Classes);
        Assert.Equal(one.Files, three.Files);
        Assert.Equal((images, 0L, false), (shared.Scored, shared.Bad, shared.Reproducible));
    }

    private async Task<JobManifest> RunAsync(
        IShardReplica replica, string input, string output, int shardsInFlight, bool deterministic = true)
    {
        var folder = new JobFolder(Path.Combine(_output, output));
        var offer = replica.Offer();
        Assert.Null(offer.Fault);
        var plan = await new JobPlanner(TimeProvider.System).PlanAsync(
            folder, Spec(input, offer) with { Deterministic = deterministic }, Cancellation);
        Assert.True(plan.Pins!.ManifestAssumed);
        var setup = new ShardRunnerSetup(
            "silo/cpu:0/busi@1", ShardRunners.Execution(offer), replica.CreateCodec(plan.Pins).Codec!, replica,
            new ClaimOwner("silo", "run"), new NobodyLives(), shardsInFlight, _ => { });
        Assert.Null(await new ShardRunner(folder, plan.Pins, setup, TimeProvider.System).RunAsync(Cancellation));
        var finish = await new JobFinisher(TimeProvider.System).FinishAsync(folder, plan.Pins, Cancellation);
        Assert.Null(finish.Fault);
        return finish.Manifest!;
    }

    public void Dispose() => Directory.Delete(_output, recursive: true);

    private static ServiceProvider Services(string model)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Models:Named:busi", model)]).Build();
        return new ServiceCollection()
            .AddLogging().AddMetrics().AddModelEngine(configuration).AddOnnxEngine().BuildServiceProvider();
    }

    private static JobSpec Spec(string input, Contracts.Jobs.RunnerOffer offer) => new()
    {
        Model = "busi@1",
        ModelDigest = offer.ModelDigest,
        Signature = offer.Signature,
        Manifest = offer.Manifest,
        ManifestAssumed = offer.ManifestAssumed,
        Classes = offer.Classes,
        Input = input,
        ShardRows = 128,
        BatchRows = 8,
        Execution = ShardRunners.Execution(offer),
    };

    private sealed class NobodyLives : IClaimOwners
    {
        public bool IsAlive(ClaimOwner owner) => false;
    }
}
