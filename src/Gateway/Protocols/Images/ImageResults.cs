using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>What came of each image of a request; filled by several threads, each its own images.</summary>
internal sealed class ImageResults(int images, int classes)
{
    private readonly float[] _scores = new float[images * classes];
    private readonly int[] _predicted = new int[images];
    private readonly ScoringFault?[] _faults = new ScoringFault?[images];

    public int Images => images;

    /// <summary>Rows that were sent to replicas.</summary>
    public int Rows => _faults.Count(fault => fault?.Kind != FaultKind.InputUnreadable);

    /// <summary>What no image is to blame for: then there is no other result.</summary>
    public ScoringFault? Fault { get; set; }

    /// <summary>The answer that took longest; null where no image could be read.</summary>
    public ScoreAnswer? Slowest { get; private set; }

    /// <summary>Why every image failed: the model's failure before the images' own; null where one is scored.</summary>
    public ScoringFault? Failure => Array.Exists(_faults, fault => fault is null)
        ? null
        : Array.Find(_faults, fault => fault!.Kind == FaultKind.ModelFailed) ?? _faults[0];

    public ScoringFault? FaultOf(int image) => _faults[image];

    public int PredictedOf(int image) => _predicted[image];

    public Span<float> ScoresOf(int image) => _scores.AsSpan(image * classes, classes);

    public void Fail(int image, ScoringFault fault) => _faults[image] = fault;

    public void Predict(int image, int predicted) => _predicted[image] = predicted;

    public void Answered(ScoreAnswer answer)
    {
        lock (_predicted)
        {
            if (Slowest is null || answer.Queued + answer.Computed > Slowest.Queued + Slowest.Computed)
            {
                Slowest = answer;
            }
        }
    }
}
