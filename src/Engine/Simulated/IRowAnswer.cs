using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;

namespace ScoringCluster.Engine.Simulated;

/// <summary>What a simulated execution answers; what it costs is no matter of it.</summary>
internal interface IRowAnswer
{
    /// <summary>Why no execution of a signature can be answered; null where all can.</summary>
    string? Refuses(ModelSignature signature);

    /// <summary>Answers rows as <see cref="IModel.Execute"/> does; inputs and outputs fit the signature.</summary>
    EngineFault? Answer(ModelSignature signature, int rows, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs);
}
