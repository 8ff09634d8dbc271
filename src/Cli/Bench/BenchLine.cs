using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ScoringCluster.Cli.Bench;

/// <summary>One item of a bench: what was measured, beside its yardstick of the same minutes.</summary>
/// <param name="Value">Median over the pairs.</param>
/// <param name="CpuSecondsPerRow">By process; empty where rows are not what is measured.</param>
/// <param name="Ratios">One a pair; the line shows their median and both ends.</param>
internal sealed record BenchLine(
    string Bench, string Model, string Item, string Unit, double Value,
    IReadOnlyDictionary<string, double> CpuSecondsPerRow, string Yardstick, double YardstickValue,
    IReadOnlyDictionary<string, double> YardstickCpuSecondsPerRow, IReadOnlyList<double> Ratios)
{
    public const string RowsPerSecond = "rows_per_second";

    /// <summary>For numbers that have no yardstick, such as a size after a pause.</summary>
    public static BenchLine Alone(string bench, string model, string item, string unit, double value) =>
        new(bench, model, item, unit, value, Nothing, "", 0, Nothing, []);

    private static Dictionary<string, double> Nothing { get; } = [];

    public double? Ratio => Ratios.Count == 0 ? null : BenchStatistics.Median(Ratios);

    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("bench", Bench);
            json.WriteString("model", Model);
            json.WriteString("item", Item);
            json.WriteNumber(Unit, BenchStatistics.Rounded(Value));
            Write(json, "cpu_seconds_per_row", CpuSecondsPerRow);
            if (Ratio is { } ratio)
            {
                json.WriteString("yardstick", Yardstick);
                json.WriteNumber("yardstick_" + Unit, BenchStatistics.Rounded(YardstickValue));
                Write(json, "yardstick_cpu_seconds_per_row", YardstickCpuSecondsPerRow);
                json.WriteNumber("ratio", BenchStatistics.Rounded(ratio));
                json.WriteNumber("ratio_min", BenchStatistics.Rounded(Ratios.Min()));
                json.WriteNumber("ratio_max", BenchStatistics.Rounded(Ratios.Max()));
                json.WriteNumber("pairs", Ratios.Count);
            }

            json.WriteNumber("cores", Environment.ProcessorCount);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>The same for people.</summary>
    public string ToText()
    {
        var own = $"{Bench,-13} {Model,-12} {Item,-29} {Number(Value),12} {Short(Unit),-12}";
        return Ratio is not { } ratio ? own.TrimEnd() : string.Create(
            CultureInfo.InvariantCulture,
            $"{own} {ratio,6:0.000} of {Yardstick,-29} {Number(YardstickValue),12}  ({Ratios.Min():0.000}…"
                + $"{Ratios.Max():0.000}){Cpu()}");
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, double> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (process, seconds) in values)
        {
            json.WriteNumber(process, BenchStatistics.Rounded(seconds));
        }

        json.WriteEndObject();
    }

    private string Cpu() => string.Concat(CpuSecondsPerRow.Select(pair => string.Create(
        CultureInfo.InvariantCulture, $"  {pair.Key} {pair.Value * 1e6:0.0} µs/row")));

    private static string Short(string unit) => unit == RowsPerSecond ? "rows/s" : unit;

    private static string Number(double value) => value.ToString(
        Math.Abs(value) >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture);
}
