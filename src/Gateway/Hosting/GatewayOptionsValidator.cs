using Microsoft.Extensions.Options;

namespace ScoringCluster.Gateway.Hosting;

/// <summary>Ranges of <see cref="GatewayOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
