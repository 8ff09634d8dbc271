using System.Globalization;

namespace ScoringCluster.Cli.Bench;

/// <summary>CPU seconds of a process so far, user and system.</summary>
internal sealed record CpuClock(string Process, Func<double> Seconds)
{
    /// <summary>Linux counts a process's time in hundredths of a second.</summary>
    private const double TicksPerSecond = 100;

    public static CpuClock Own(string name) => new(name, () => Environment.CpuUsage.TotalTime.TotalSeconds);

    public static CpuClock Of(string name, int id) => new(
        name, () => ParseStat(File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat")));

    /// <summary>utime and stime of <c>/proc/PID/stat</c>: the name before them may hold anything, also ')'.</summary>
    internal static double ParseStat(string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
