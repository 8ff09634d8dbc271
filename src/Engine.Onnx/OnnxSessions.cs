using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Engine.Onnx.Translation;

namespace ScoringCluster.Engine.Onnx;

/// <summary>
/// The sessions of one translated graph. With one thread a slot, the slot's own thread does all the work and every slot
/// shares one session; with more, each slot has a session, whose pool is its own.
/// </summary>
internal sealed class OnnxSessions : IDisposable
{
    private readonly InferenceSession[] _sessions;

    public OnnxSessions(TranslatedModel model, int slots, int threadsPerSlot)
    {
        Origins = model.Origins;
        MemoryBytes = model.ConstantBytes;
        _sessions = new InferenceSession[threadsPerSlot == 1 ? 1 : slots];
        try
        {
            for (var i = 0; i < _sessions.Length; i++)
            {
                using var options = OnnxSessionOptions.Create(threadsPerSlot);
                _sessions[i] = new InferenceSession(model.Bytes, options);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>ONNX node → the SavedModel's node.</summary>
    public IReadOnlyDictionary<string, string> Origins { get; }

    /// <summary>Bytes of the weights of all sessions.</summary>
    public long MemoryBytes { get => field * _sessions.Length; private init; }

    public InferenceSession this[int slot] => _sessions[_sessions.Length == 1 ? 0 : slot];

    public void Dispose()
    {
        foreach (var session in _sessions)
        {
            session?.Dispose();
        }
    }
}
