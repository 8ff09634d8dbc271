namespace ScoringCluster.Gateway.Protocols.Oip;

/// <summary>Where something stands in a request. It becomes text where it is reported, which is seldom.</summary>
/// <param name="Root">The property of the whole request.</param>
/// <param name="Item">Its entry, where it is an array; else −1.</param>
/// <param name="Field">What of the entry; null for the entry itself.</param>
/// <param name="Element">The entry of the field, where that is an array; else −1.</param>
internal readonly record struct JsonPlace(string Root, int Item = -1, string? Field = null, int Element = -1)
{
    public override string ToString() =>
        $"{Root}{Index(Item)}{(Field is null ? "" : ".")}{Field}{Index(Element)}";

    private static string Index(int at) => at < 0 ? "" : $"[{at}]";
}
