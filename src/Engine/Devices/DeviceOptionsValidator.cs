using Microsoft.Extensions.Options;

namespace ScoringCluster.Engine.Devices;

/// <summary>All that is wrong with <see cref="DeviceOptions"/> at once.</summary>
internal sealed class DeviceOptionsValidator : IValidateOptions<DeviceOptions>
{
    public ValidateOptionsResult Validate(string? name, DeviceOptions options)
    {
        var (_, failures) = DeviceInventory.Read(options);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
