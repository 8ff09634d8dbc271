using System.CommandLine;

namespace ScoringCluster.Cli.Tests;

public sealed class HelpTests
{
    [Fact]
    public void Descriptions_OfOptions_LeaveTheDefaultToTheHelp() => Assert.DoesNotContain(
        Options(Commands.Root()),
        option => option.HasDefaultValue && option.Description!.Contains("default", StringComparison.Ordinal));

    [Fact]
    public void Values_OfOptions_AreNoTypesWhoseNamesWouldBeShown() =>
        Assert.DoesNotContain(Options(Commands.Root()), option => option.ValueType.IsEnum);

    private static IEnumerable<Option> Options(Command command) =>
        [.. command.Options, .. command.Subcommands.SelectMany(Options)];
}
