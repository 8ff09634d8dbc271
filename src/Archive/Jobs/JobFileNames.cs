using System.Text.RegularExpressions;

namespace ScoringCluster.Archive.Jobs;

/// <summary>Names that a job gives to files; what has another name is not ours to remove.</summary>
internal static partial class JobFileNames
{
    /// <summary>A file without its final name: the name it will have, a dot and 32 hexadecimal digits.</summary>
    public static bool IsAside(string path) => Aside().IsMatch(Path.GetFileName(path));

    /// <summary>A shard or an error file.</summary>
    public static bool IsData(string path) => Data().IsMatch(Path.GetFileName(path));

    public static bool IsReceipt(string path) => Receipt().IsMatch(Path.GetFileName(path));

    public static bool IsClaim(string path) => Claim().IsMatch(Path.GetFileName(path));

    [GeneratedRegex(
        @"\A(part-[0-9]{5,}(-[0-9]{4,})?|job|plan|inputs|progress|manifest)\.(json|parquet)\.[0-9a-f]{32}\z")]
    private static partial Regex Aside();

    [GeneratedRegex(@"\Apart-[0-9]{5,}\.parquet\z")]
    private static partial Regex Data();

    [GeneratedRegex(@"\Apart-[0-9]{5,}\.json\z")]
    private static partial Regex Receipt();

    [GeneratedRegex(@"\Apart-[0-9]{5,}-[0-9]{4,}\.json\z")]
    private static partial Regex Claim();
}
