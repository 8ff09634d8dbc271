using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace ScoringCluster.Silo;

/// <summary>Where a silo answers probes and shows its metrics (section <c>Silo</c>).</summary>
public sealed class ProbeOptions
{
    public const string Section = "Silo";

    /// <summary>Port on the loopback interface; 0 for a free one.</summary>
    /// <value>The default is 0: several silos of one machine do not meet.</value>
    [Range(0, 65_535)]
    public int HttpPort { get; set; }
}

/// <summary>Ranges of <see cref="ProbeOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class ProbeOptionsValidator : IValidateOptions<ProbeOptions>;
