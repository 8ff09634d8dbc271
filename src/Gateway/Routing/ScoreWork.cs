using System.Collections.Immutable;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Routing;

/// <summary>
/// Rows of one caller on their way to replicas. Owns the tensors: a command takes them over where nobody needs them
/// again, and has copies of its rows otherwise, since a block that was handed over is gone whatever comes of the call.
/// </summary>
/// <param name="inputs">One tensor an input; the work's from here on.</param>
/// <param name="outputs">Outputs that are wanted; empty for all.</param>
/// <param name="timeLeft">What is left of the caller's time at the moment it is asked.</param>
internal sealed class ScoreWork(
    ModelSignature signature,
    IReadOnlyList<Tensor> inputs,
    ImmutableArray<string> outputs,
    int rows,
    Func<TimeSpan> timeLeft,
    TensorBlockPool pool) : IDisposable
{
    private bool _handedOver;

    public ModelSignature Signature => signature;

    public int Rows => rows;

    /// <summary>1 is served first; 0 for the model's default.</summary>
    public int Priority { get; init; }

    public long Bytes { get; } = inputs.Sum(input => (long)input.ByteLength);

    /// <summary>Bytes of the answer, as far as the signature says what its rows have.</summary>
    public long AnswerBytes
    {
        get
        {
            var rowBytes = 0L;
            foreach (var output in signature.Outputs)
            {
                rowBytes += output.HasFixedRows && output.Shape.TryGetRowElements(out var elements)
                    ? elements * output.Type.Size() : 0;
            }

            return rowBytes * rows;
        }
    }

    public TimeSpan TimeLeft => timeLeft();

    /// <summary>A command with the tensors themselves; no other command can be made after it.</summary>
    public ScoreCommand HandOver()
    {
        ObjectDisposedException.ThrowIf(_handedOver, this);
        _handedOver = true;
        return Command([.. inputs], rows);
    }

    /// <summary>A command with copies of some rows.</summary>
    public ScoreCommand Copy(RowRange range) => Command(
        signature.Batched
            ? [.. inputs.Select(input => TensorRows.Slice(pool, input, range.First, range.Count))]
            : [.. inputs.Select(input => Tensor.Copy<byte>(pool, input.Name, input.Type, input.Shape, input.Bytes))],
        range.Count);

    public void Dispose()
    {
        if (_handedOver)
        {
            return;
        }

        _handedOver = true;
        foreach (var input in inputs)
        {
            input.Dispose();
        }
    }

    private ScoreCommand Command(ImmutableArray<Tensor> tensors, int count) => new()
    {
        Signature = signature.Name,
        Inputs = tensors,
        Outputs = outputs,
        Rows = count,
        TimeLeft = TimeLeft,
        Priority = Priority,
    };
}
