using Microsoft.Extensions.Options;
using ScoringCluster.Core;
using ScoringCluster.Engine.Devices;

namespace ScoringCluster.Engine.Tests.Devices;

public sealed class DeviceInventoryTests
{
    [Fact]
    public void Devices_Default_IsOneCpuWithASlotAThread()
    {
        var device = Assert.Single(new DeviceInventory(Options.Create(new DeviceOptions())).Devices);

        Assert.Equal(DeviceId.Cpu(0), device.Id);
        Assert.Equal((Environment.ProcessorCount, 1), (device.Slots, device.ThreadsPerSlot));
    }

    [Fact]
    public void Devices_SeveralWithSlots_NeverExceedTheirThreads()
    {
        var inventory =
            new DeviceInventory(Options.Create(new DeviceOptions { Cpu = { "cpu:1=5", "cpu:0=4" }, Slots = 2 }));

        Assert.Equal([DeviceId.Cpu(0), DeviceId.Cpu(1)], inventory.Devices.Select(d => d.Id));
        Assert.All(inventory.Devices, d => Assert.Equal((2, 2), (d.Slots, d.ThreadsPerSlot)));
    }

    [Fact]
    public void Validate_BadOptions_ListsEveryFailure()
    {
        var options = new DeviceOptions { Cpu = { "gpu:0=1", "cpu:0=0", "cpu:1=1", "cpu:2=4", "cpu:2=4" }, Slots = 2 };

        var result = new DeviceOptionsValidator().Validate(null, options);

        Assert.Equal(4, result.Failures!.Count());
        Assert.Contains(result.Failures!, f => f.Contains("'gpu:0=1'", StringComparison.Ordinal));
        Assert.Contains(result.Failures!, f => f.Contains("cpu and simulated (sim) devices", StringComparison.Ordinal));
        Assert.Contains(result.Failures!, f => f.Contains("cpu:2 twice", StringComparison.Ordinal));
    }
}
