using System.Globalization;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>A device of a silo: <c>cpu:0</c>, <c>cuda:1</c>.</summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.DeviceId")]
public readonly record struct DeviceId([property: Id(0)] string Kind, [property: Id(1)] int Index)
{
    public static DeviceId Cpu(int index) => new("cpu", index);

    public static bool TryParse(string text, out DeviceId device)
    {
        device = default;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !text.AsSpan(0, colon).ContainsOnlyLowerLetters()
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        device = new DeviceId(text[..colon], index);
        return true;
    }

    public override string ToString() => $"{Kind}:{Index}";
}

file static class Letters
{
    public static bool ContainsOnlyLowerLetters(this ReadOnlySpan<char> text) =>
        !text.ContainsAnyExceptInRange('a', 'z');
}
