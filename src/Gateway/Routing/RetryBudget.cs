namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// How many second tries a gateway makes: one for ten calls, and a few without. A cluster that fails because it is
/// overloaded must not get twice the calls for it.
/// </summary>
internal sealed class RetryBudget
{
    private const int CallsPerRetry = 10;
    private const int RetriesMax = 20;

    private int _calls = CallsPerRetry * RetriesMax;

    /// <summary>A call was made that was not a second try.</summary>
    public void OnCall()
    {
        // Two callers at the limit may both add: it is a bound on retries, not an account.
        if (Volatile.Read(ref _calls) < CallsPerRetry * RetriesMax)
        {
            Interlocked.Increment(ref _calls);
        }
    }

    /// <summary>True where there may be one more second try, which is then spent.</summary>
    public bool TrySpend()
    {
        if (Interlocked.Add(ref _calls, -CallsPerRetry) >= 0)
        {
            return true;
        }

        Interlocked.Add(ref _calls, CallsPerRetry);
        return false;
    }
}
