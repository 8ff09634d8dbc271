using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Engine.Simulated;

namespace ScoringCluster.Grains.Models;

/// <summary>
/// A version is the same wherever it is loaded: callers see one model, and must not get answers of another by chance.
/// </summary>
internal static class SameModel
{
    /// <param name="known">All replicas, of other models too.</param>
    /// <returns>The report, or one of a failed load where the replica differs from those that serve.</returns>
    public static ReplicaReport Check(ReplicaReport report, IEnumerable<ReplicaReport> known)
    {
        if (report.State != ReplicaState.Ready)
        {
            return report;
        }

        var other = known.FirstOrDefault(other => other.State == ReplicaState.Ready
            && other.Replica != report.Replica && other.Replica.Model == report.Replica.Model);
        return other is not null && Difference(report, other) is { } difference
            ? report with
            {
                State = ReplicaState.Failed,
                Failure = $"{report.Replica} differs from {other.Replica}, which serves: {difference}.",
            }
            : report;
    }

    private static string? Difference(ReplicaReport one, ReplicaReport other) =>
        one.Digest != other.Digest ? $"its files have the digest {one.Digest}, the other's {other.Digest}"
        : one.ManifestJson != other.ManifestJson ? "its scoring.json is another"
        : IsSimulated(one) != IsSimulated(other) ? $"its engine is {one.Engine}, the other's {other.Engine}"
        : null;

    private static bool IsSimulated(ReplicaReport report) =>
        report.Replica.Device.Kind == SimulatedRuntime.DeviceKind;
}
