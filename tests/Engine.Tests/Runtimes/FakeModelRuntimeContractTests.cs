using ScoringCluster.Core;
using ScoringCluster.Engine.Runtimes;
using ScoringCluster.TestKit;

namespace ScoringCluster.Engine.Tests.Runtimes;

/// <summary>The engine of the other tests keeps the contract too: what they show holds for a real one.</summary>
public sealed class FakeModelRuntimeContractTests : ModelRuntimeContract, IDisposable
{
    private readonly FakeModelRuntime _runtime = new()
    {
        Signatures =
        [
            FakeModelRuntime.Ragged, FakeModelRuntime.Signature, FakeModelRuntime.Text, FakeModelRuntime.Whole,
        ],
    };

    protected override IModelRuntime Runtime => _runtime;

    public void Dispose()
    {
        _runtime.Dispose();
        Assert.Equal(0, _runtime.Alive);
        Assert.False(_runtime.Misused);
    }

    protected override ModelLoadRequest Sound(int slots) =>
        new("no folder is read", EngineFixture.Model, DeviceId.Cpu(0), slots, 1);

    protected override ModelLoadRequest Damaged()
    {
        _runtime.LoadFailure = new ModelLoadException("saved_model.pb is damaged");
        return Sound(1);
    }

    protected override ModelLoadRequest BeyondTheEngine()
    {
        _runtime.LoadFailure = new ModelLoadException("an op is unknown") { Refused = true };
        return Sound(1);
    }
}
