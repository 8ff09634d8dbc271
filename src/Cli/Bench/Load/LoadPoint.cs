using System.Globalization;

namespace ScoringCluster.Cli.Bench.Load;

/// <summary>So many callers, each with one call on its way, of so many rows.</summary>
internal readonly record struct LoadPoint(int Callers, int Rows)
{
    public const int CallersMax = 1024;
    public const int RowsMax = 4096;

    /// <exception cref="CommandException">The text is not of the form CALLERSxROWS, or too much.</exception>
    public static LoadPoint Parse(string text)
    {
        var parts = text.Split('x');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var callers)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
            && callers is >= 1 and <= CallersMax && rows is >= 1 and <= RowsMax
            ? new LoadPoint(callers, rows)
            : throw new CommandException(
                $"--points '{text}' is not of the form CALLERSxROWS with 1 to {CallersMax} callers and 1 to {RowsMax} "
                    + $"rows.",
                ExitCodes.Usage);
    }

    public override string ToString() => $"{Callers}x{Rows}";
}
