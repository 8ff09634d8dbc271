using Microsoft.Extensions.Options;

namespace ScoringCluster.Engine.Batching;

/// <summary>Ranges of <see cref="BatchingOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class BatchingOptionsValidator : IValidateOptions<BatchingOptions>;
