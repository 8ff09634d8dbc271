using Microsoft.Extensions.Options;

namespace ScoringCluster.ServiceDefaults.Cluster;

/// <summary>Rules of <see cref="ClusterSettings"/>.</summary>
[OptionsValidator]
internal sealed partial class ClusterSettingsValidator : IValidateOptions<ClusterSettings>;
