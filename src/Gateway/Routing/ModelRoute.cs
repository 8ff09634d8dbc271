using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ScoringCluster.Contracts.Models;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Routing;

/// <summary>A version that can be called, chosen from the route table.</summary>
/// <param name="Entry">The version and its replicas.</param>
/// <param name="Report">What a ready replica says of the model.</param>
/// <param name="Replicas">The ready ones, at least one.</param>
internal sealed record ModelRoute(RouteEntry Entry, ReplicaReport Report, ImmutableArray<ReplicaKey> Replicas)
{
    /// <summary>One for each entry of the table, for as long as the table lives.</summary>
    private static readonly ConditionalWeakTable<RouteEntry, ModelRoute> _routes = [];

    /// <param name="version">As the caller wrote it; null for the highest ready one.</param>
    public static (ModelRoute? Route, ScoringFault? Fault) Find(RouteTableHolder routes, string model, string? version)
    {
        var versions = routes.VersionsOf(model);
        if (versions.IsEmpty)
        {
            return (null, routes.HasLost(model)
                ? new ScoringFault(FaultKind.ModelNotReady, $"The silos that had model '{model}' are gone.")
                : new ScoringFault(FaultKind.ModelUnknown, $"There is no model '{model}'."));
        }

        RouteEntry? entry;
        if (string.IsNullOrEmpty(version))
        {
            entry = versions.LastOrDefault(e => e.IsReady) ?? versions[^1];
        }
        else
        {
            entry = ModelRef.TryParseVersion(version, out var number)
                ? versions.FirstOrDefault(e => e.Model.Version == number)
                : null;
        }

        if (entry is null)
        {
            return (null, new ScoringFault(
                FaultKind.VersionUnknown,
                $"Model '{model}' has no version '{version}'; it has "
                    + $"{string.Join(", ", versions.Select(e => e.Model.Version))}."));
        }

        return entry.Ready is null ? (null, NotReady(entry)) : (_routes.GetValue(entry, Of), null);
    }

    /// <summary>The named signature, or the one of a call that names none.</summary>
    public (ModelSignature? Signature, ScoringFault? Fault) Signature(string? name)
    {
        var signatures = Report.Signatures;
        var signature = name is null
            ? signatures.FirstOrDefault(s => s.Name == ModelSignature.Default)
                ?? signatures.FirstOrDefault(s => s.Name == "serve")
                ?? (signatures.Length == 1 ? signatures[0] : null)
            : signatures.FirstOrDefault(s => s.Name == name);
        if (signature is not null)
        {
            return (signature, null);
        }

        var there = string.Join(", ", signatures.Select(s => s.Name));
        return (null, new ScoringFault(FaultKind.RequestInvalid, name is null
            ? $"Model {Entry.Model} has no signature '{ModelSignature.Default}'; name one of {there} as the parameter "
                + $"signature_name."
            : Report.Refused.TryGetValue(name, out var reason)
                ? $"Signature '{name}' of model {Entry.Model} is not served: {reason}"
                : $"Model {Entry.Model} has no signature '{name}'; it has {there}."));
    }

    private static ModelRoute Of(RouteEntry entry) => new(
        entry, entry.Ready!, [.. entry.Replicas.Where(r => r.State == ReplicaState.Ready).Select(r => r.Replica)]);

    private static ScoringFault NotReady(RouteEntry entry)
    {
        var failed = entry.Replicas.FirstOrDefault(r => r.State == ReplicaState.Failed);
        return new ScoringFault(FaultKind.ModelNotReady, failed is null
            ? entry.Replicas.IsEmpty
                ? $"No silo with a replica of {entry.Model} is active."
                : $"Model {entry.Model} is being loaded."
            : $"Model {entry.Model} could not be loaded: {failed.Failure}");
    }
}
