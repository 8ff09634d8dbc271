using System.Globalization;
using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.Engine.Simulated;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Simulated;

/// <summary>
/// The contract is about the model of <see cref="FakeModelRuntime"/>: folders, failures, clocks and memory are those of
/// the simulated engine, and the answers, in place of checksums, that model's.
/// </summary>
public sealed class SimulatedRuntimeContractTests : ModelRuntimeContract, IDisposable
{
    private readonly SimulatedFolder _folder = new();
    private readonly Pairs _answer = new();

    public SimulatedRuntimeContractTests() => Runtime = new SimulatedRuntime(
        new SimulatedOptions { FailOn = FakeModelRuntime.Poison.ToString(CultureInfo.InvariantCulture) },
        _answer, TimeProvider.System, _ => { });

    protected override IModelRuntime Runtime { get; }

    public void Dispose()
    {
        _answer.Dispose();
        _folder.Dispose();
    }

    protected override ModelLoadRequest Sound(int slots) => _folder.Write(
        FakeModelRuntime.Ragged, FakeModelRuntime.Signature, FakeModelRuntime.Text, FakeModelRuntime.Whole)
        .Request(slots);

    protected override ModelLoadRequest Damaged()
    {
        Sound(1);
        return _folder.Damage().Request();
    }

    protected override ModelLoadRequest BeyondTheEngine() =>
        _folder.Write(FakeModelRuntime.Text with { Name = "unknown" }).Request();

    private sealed class Pairs : IRowAnswer, IDisposable
    {
        private readonly FakeModelRuntime _runtime = new();
        private readonly IModel _model;

        public Pairs() => _model = _runtime.Load(
            new ModelLoadRequest("no folder is read", new ModelRef("m", 1), SimulatedFolder.Device, 1, 1),
            CancellationToken.None);

        public string? Refuses(ModelSignature signature) =>
            signature.Name == "unknown" ? "the sums of this are unknown" : null;

        public EngineFault? Answer(
            ModelSignature signature, int rows, ReadOnlySpan<Tensor> inputs, Span<Tensor?> outputs) =>
            _model.Execute(signature, 0, inputs, outputs);

        public void Dispose()
        {
            _model.Dispose();
            _runtime.Dispose();
        }
    }
}
