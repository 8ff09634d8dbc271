using ScoringCluster.Contracts.Models;

namespace ScoringCluster.Gateway.Tests;

/// <summary>A control plane that publishes what the test sets, and can be away.</summary>
internal sealed class FakeControlPlane : IControlPlaneGrain
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSource();
    private TaskCompletionSource _taken = NewSource();
    private RouteTable _table = RouteTable.Empty;
    private Exception? _away;

    /// <summary>Publishes a table, and ends when the gateway has it: it asks for the next one then.</summary>
    public Task PublishAsync(RouteTable table) => ChangeAsync(table, null);

    /// <summary>Every call fails from now on, one that waits too; ends when one did.</summary>
    public Task LeaveAsync(Exception exception) => ChangeAsync(_table, exception);

    public Task Report(SiloReport report) => Task.CompletedTask;

    public async Task<RouteTable> WaitForChange(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_away is not null)
                {
                    _taken.TrySetResult();
                    throw _away;
                }

                if (known != _table.Version)
                {
                    return _table;
                }

                _taken.TrySetResult();
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private async Task ChangeAsync(RouteTable table, Exception? away)
    {
        Task taken;
        lock (_lock)
        {
            (_table, _away) = (table, away);
            _taken = NewSource();
            taken = _taken.Task;
            _changed.TrySetResult();
            _changed = NewSource();
        }

        try
        {
            await taken.WaitAsync(_patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The gateway did not ask for table {table.Version} within {_patience}.");
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
