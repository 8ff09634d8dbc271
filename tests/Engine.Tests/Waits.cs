namespace ScoringCluster.Engine.Tests;

/// <summary>Waits that end: a test that hangs says what it waited for.</summary>
internal static class Waits
{
    public static async Task<T> Within<T>(this Task<T> task, string what)
    {
        await ((Task)task).Within(what);
        return await task;
    }

    public static async Task Within(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(EngineFixture.Patience, EngineFixture.Token);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Waited {EngineFixture.Patience} for {what}.");
        }
    }
}
