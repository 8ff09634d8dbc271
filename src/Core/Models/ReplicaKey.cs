using Orleans;

namespace ScoringCluster.Core;

/// <summary>
/// Where a replica is and what it serves: <c>silo/device/name@version</c>. The key is the address: placement reads
/// the silo out of it, so that no directory has to remember it.
/// </summary>
[GenerateSerializer, Immutable, Alias("scoring.v1.ReplicaKey")]
public readonly record struct ReplicaKey(
    [property: Id(0)] string Silo, [property: Id(1)] DeviceId Device, [property: Id(2)] ModelRef Model)
{
    public static bool TryParse(string text, out ReplicaKey key)
    {
        key = default;
        var parts = text.Split('/');
        if (parts.Length != 3 || parts[0].Length == 0 || !DeviceId.TryParse(parts[1], out var device)
            || !ModelRef.TryParse(parts[2], out var model))
        {
            return false;
        }

        key = new ReplicaKey(parts[0], device, model);
        return true;
    }

    /// <exception cref="FormatException">The text is no replica key.</exception>
    public static ReplicaKey Parse(string text) => TryParse(text, out var key)
        ? key
        : throw new FormatException($"'{text}' is no replica key: expected silo/device/name@version.");

    public override string ToString() => $"{Silo}/{Device}/{Model}";
}
