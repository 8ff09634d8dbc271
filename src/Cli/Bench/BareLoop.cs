using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using ScoringCluster.Engine.Onnx;

namespace ScoringCluster.Cli.Bench;

/// <summary>
/// ONNX Runtime in a loop, without server, queue or copy: what the machine can do with a model. Every other number is a
/// fraction of it.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    public const string Name = "bare loop";

    private static readonly int[] _batches = [1, 8, 64];

    private readonly BenchModel _model;
    private readonly byte[] _bytes;
    private readonly Dictionary<int, List<InferenceSession>> _sessions = [];
    private readonly Dictionary<BareSetting, BareSlot[]> _slots = [];

    /// <param name="bytes">The ONNX model to run.</param>
    public BareLoop(BenchModel model, byte[] bytes)
    {
        _model = model;
        _bytes = bytes;
        Answers = new ExpectedAnswers(Expected);
    }

    /// <summary>What every server has to answer.</summary>
    public ExpectedAnswers Answers { get; }

    /// <param name="duration">Of one try.</param>
    /// <param name="batch">Null for the best of several batch sizes.</param>
    public BareSetting FindBest(TimeSpan duration, int? batch = null)
    {
        var best = BareSearch.FindBest(
            Environment.ProcessorCount, batch is { } only ? [only] : _batches, duration,
            (setting, time) => Run(setting, time).RowsPerSecond);
        Release([.. _slots.Keys.Where(setting => setting != best)]);
        return best;
    }

    /// <summary>Runs one setting for a while on threads of its own, and answers when they are done.</summary>
    public Sample Run(BareSetting setting, TimeSpan duration)
    {
        var slots = SlotsOf(setting);
        var clock = CpuClock.Own(Name);
        var rows = new long[slots.Length];
        var speeds = new double[slots.Length];
        var before = clock.Seconds();
        using var begin = new Barrier(slots.Length);
        var threads = slots.Select((slot, i) => new Thread(() =>
        {
            slot.Run();
            begin.SignalAndWait();
            var started = Stopwatch.GetTimestamp();
            do
            {
                slot.Run();
                rows[i] += setting.Batch;
            }
            while (Stopwatch.GetElapsedTime(started) < duration);
            speeds[i] = rows[i] / Stopwatch.GetElapsedTime(started).TotalSeconds;
        })
        { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return new Sample(
            speeds.Sum(), rows.Sum(), new Dictionary<string, double> { [clock.Process] = clock.Seconds() - before });
    }

    /// <summary>The outputs for the rows of a variant.</summary>
    public IReadOnlyList<float[]> Expected(int rows, int variant)
    {
        using var slot = new BareSlot(SessionsOf(slots: 1, threads: 1)[0], _model, rows, variant);
        slot.Run();
        return [.. slot.Outputs.Select(output => AnswerCheck.ToFloats(output.Bytes, output.Type))];
    }

    public void Dispose()
    {
        Release([.. _slots.Keys]);
        foreach (var session in _sessions.Values.SelectMany(sessions => sessions))
        {
            session.Dispose();
        }
    }

    private BareSlot[] SlotsOf(BareSetting setting)
    {
        if (!_slots.TryGetValue(setting, out var slots))
        {
            var sessions = SessionsOf(setting.Slots, setting.Threads);
            _slots.Add(setting, slots = [.. Enumerable.Range(0, setting.Slots)
                .Select(i => new BareSlot(sessions[setting.Threads == 1 ? 0 : i], _model, setting.Batch, i))]);
        }

        return slots;
    }

    /// <summary>
    /// As the engine has them: one for all slots where a slot is one thread, else one a slot. Settings of as many
    /// threads share them.
    /// </summary>
    private List<InferenceSession> SessionsOf(int slots, int threads)
    {
        if (!_sessions.TryGetValue(threads, out var sessions))
        {
            _sessions.Add(threads, sessions = []);
        }

        using var options = OnnxSessionOptions.Create(threads);
        while (sessions.Count < (threads == 1 ? 1 : slots))
        {
            sessions.Add(new InferenceSession(_bytes, options));
        }

        return sessions;
    }

    /// <summary>Gives back the rows of settings that do not run next; they are made again where one does.</summary>
    private void Release(IEnumerable<BareSetting> settings)
    {
        foreach (var setting in settings)
        {
            if (_slots.Remove(setting, out var slots))
            {
                Array.ForEach(slots, slot => slot.Dispose());
            }
        }
    }
}
