using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ScoringCluster.Archive.Jobs;
using ScoringCluster.Archive.Shards;
using ScoringCluster.Contracts.Jobs;
using ScoringCluster.Core;

namespace ScoringCluster.Grains.Jobs;

/// <summary>
/// The runs of this silo's shard runners. They live outside the grains, on the thread pool, and stop when the silo
/// begins to stop, before its models go.
/// </summary>
internal sealed partial class ShardRunners(
    IShardReplicas replicas, IGrainFactory grains, ILocalSiloDetails silo, IClusterMembershipService membership,
    IOptions<JobOptions> options, JobInstruments instruments, TimeProvider time, ILogger<ShardRunners> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IClaimOwners, IDisposable
{
    private readonly ConcurrentDictionary<(ReplicaKey Replica, string Job), Run> _runs = new();
    private readonly CancellationTokenSource _stop = new();

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(ShardRunners), ServiceLifecycleStage.Active, _ => Task.CompletedTask, StopAsync);

    public RunnerOffer Describe(ReplicaKey replica) =>
        Find(replica)?.Offer() ?? new RunnerOffer { Fault = Gone(replica) };

    public void Start(ReplicaKey replica, JobTicket ticket)
    {
        var run = new Run(Guid.NewGuid().ToString("N"));
        if (!_stop.IsCancellationRequested && _runs.TryAdd((replica, ticket.JobId), run))
        {
            run.Task = Task.Run(() => RunAsync(replica, ticket, run), _stop.Token);
        }
    }

    /// <summary>
    /// A run of this silo lives while it is listed here; another silo's while membership does not call it dead.
    /// </summary>
    public bool IsAlive(ClaimOwner owner) => owner.Silo == SiloId
        ? _runs.Values.Any(run => run.Id == owner.Run)
        : membership.CurrentSnapshot.Members.Values.Any(member =>
            member.SiloAddress.ToParsableString() == owner.Silo && member.Status != SiloStatus.Dead);

    public void Dispose() => _stop.Dispose();

    public static ExecutionPins Execution(RunnerOffer offer) =>
        new(offer.Engine, offer.EngineVersion, offer.DeviceClass, offer.Slots, offer.ThreadsPerSlot);

    /// <summary>Address and start of the silo: no other process ever has the same.</summary>
    private string SiloId => silo.SiloAddress.ToParsableString();

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        var running = Task.WhenAll(_runs.Values.Select(run => run.Task));
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(ReplicaKey replica, JobTicket ticket, Run run)
    {
        ScoringFault? fault;
        try
        {
            fault = await WorkAsync(replica, ticket, run, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            LogDefect(ticket.JobId, replica, exception);
            fault = new ScoringFault(FaultKind.Internal, exception.Message);
        }
        finally
        {
            _runs.TryRemove((replica, ticket.JobId), out _);
        }

        await TellAsync(ticket, job => job.RunnerEnded(new RunnerReport(replica, fault)));
    }

    private async Task<ScoringFault?> WorkAsync(
        ReplicaKey replica, JobTicket ticket, Run run, CancellationToken cancellationToken)
    {
        var folder = new JobFolder(ticket.Output);
        var (pins, fault) = await JobReader.OpenAsync(folder, ticket.JobId, cancellationToken);
        if (pins is null)
        {
            return fault;
        }

        (var manifest, fault) = await JobReader.ReadManifestAsync(folder, pins, cancellationToken);
        if (fault is not null || manifest is not null)
        {
            return fault;
        }

        if (Find(replica) is not { } model)
        {
            return Gone(replica);
        }

        var offer = model.Offer();
        if (offer.Fault is not null)
        {
            return offer.Fault;
        }

        if (offer.ModelDigest != pins.ModelDigest)
        {
            return new ScoringFault(FaultKind.JobConflict,
                $"{replica} is not the model that job {pins.Job} pinned: digest {offer.ModelDigest}, "
                + $"pinned {pins.ModelDigest}");
        }

        var (codec, unfit) = model.CreateCodec(pins);
        if (unfit is not null)
        {
            return unfit;
        }

        var inFlight = options.Value.ShardsInFlight > 0 ? options.Value.ShardsInFlight : Math.Max(2, offer.Slots);
        var setup = new ShardRunnerSetup(
            replica.ToString(), Execution(offer), codec!, model, new ClaimOwner(SiloId, run.Id), this, inFlight,
            receipt => OnCommitted(replica, ticket, receipt));
        LogStarted(ticket.JobId, replica, inFlight);
        return await new ShardRunner(folder, pins, setup, time).RunAsync(cancellationToken);
    }

    private void OnCommitted(ReplicaKey replica, JobTicket ticket, Receipt receipt)
    {
        instruments.OnCommitted(replica, receipt);
        var report = new ShardReport(receipt.Shard, receipt.Scored, receipt.Bad);
        _ = TellAsync(ticket, job => job.ShardCommitted(report));
    }

    private IShardReplica? Find(ReplicaKey replica) =>
        replica.Silo == silo.Name ? replicas.Find(replica.Device, replica.Model) : null;

    /// <summary>
    /// Tells the job grain; a call that is lost delays it only, since it looks into the folder itself.
    /// </summary>
    private async Task TellAsync(JobTicket ticket, Func<IJobGrain, Task> tell)
    {
        try
        {
            await tell(grains.GetGrain<IJobGrain>(ticket.JobId));
        }
        catch (Exception exception)
        {
            LogNotTold(ticket.JobId, exception.Message);
        }
    }

    private static ScoringFault Gone(ReplicaKey replica) =>
        new(FaultKind.ReplicaGone, $"{replica} is not loaded");

    private sealed class Run(string id)
    {
        public string Id { get; } = id;

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
