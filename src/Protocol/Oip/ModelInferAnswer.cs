using ScoringCluster.Core;

namespace ScoringCluster.Protocol.Oip;

/// <summary>
/// A <c>ModelInferResponse</c> as the hand-written marshaller writes it, with raw contents: each tensor is copied once,
/// from its block into the connection's buffer. Whoever makes the answer owns the tensors and returns them once it was
/// written.
/// </summary>
public sealed record ModelInferAnswer(string ModelName, string ModelVersion, string Id, IReadOnlyList<Tensor> Outputs);
