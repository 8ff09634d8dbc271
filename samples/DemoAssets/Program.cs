using System.Globalization;
using ScoringCluster.DemoAssets;

const string usage = "Usage: DemoAssets OUTPUT_FOLDER [--images N]";
if (args.Length is not (1 or 3) || (args.Length == 3 && args[1] != "--images"))
{
    await Console.Error.WriteLineAsync(usage);
    return 2;
}

var number = args.Length == 3 ? args[2] : "60";
if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 3)
{
    await Console.Error.WriteLineAsync($"--images '{number}' is no number of at least 3. {usage}");
    return 2;
}

DemoModel.Write(Path.Combine(args[0], "model"));
DemoImages.Write(Path.Combine(args[0], "images"), count);
return 0;
