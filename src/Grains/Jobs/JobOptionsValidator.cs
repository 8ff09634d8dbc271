using Microsoft.Extensions.Options;
using ScoringCluster.Archive.Jobs;

namespace ScoringCluster.Grains.Jobs;

[OptionsValidator]
internal sealed partial class JobOptionsValidator : IValidateOptions<JobOptions>;
