namespace ScoringCluster.Cli.Bench;

/// <summary>Looks for the fastest setting of the bare loop: a yardstick that is set up badly would flatter.</summary>
internal static class BareSearch
{
    /// <summary>Tries every setting within the cores for half the time, and the faster half once more.</summary>
    /// <param name="measure">Rows per second of a setting, in a run of so long.</param>
    public static BareSetting FindBest(
        int cores, IReadOnlyCollection<int> batches, TimeSpan duration, Func<BareSetting, TimeSpan, double> measure)
    {
        var settings = BareSetting.Within(cores, batches).ToList();

        // Not counted: the first setting is not to be judged by the machine's waking up.
        measure(settings[0], duration / 2);
        var speeds = settings.ToDictionary(setting => setting, setting => measure(setting, duration / 2));
        var faster = settings.OrderByDescending(setting => speeds[setting]).Take((settings.Count + 1) / 2).ToList();
        foreach (var setting in faster)
        {
            speeds[setting] = Math.Max(speeds[setting], measure(setting, duration));
        }

        return faster.MaxBy(setting => speeds[setting]);
    }
}
