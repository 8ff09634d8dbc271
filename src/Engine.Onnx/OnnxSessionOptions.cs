using Microsoft.ML.OnnxRuntime;

namespace ScoringCluster.Engine.Onnx;

/// <summary>How every session of the engine is set up: benches compare with sessions that are set up alike.</summary>
public static class OnnxSessionOptions
{
    /// <summary>New options; the caller disposes them.</summary>
    /// <param name="threads">Threads of one execution, the calling one included.</param>
    public static SessionOptions Create(int threads)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads of two sessions that take turns would spin against each other: they sleep once a run is over.
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");

        // It merges a padding with zeros into a max pool behind it, whose own padding is minus infinity: other numbers.
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "Pad_Fusion");
        return options;
    }
}
