using System.Text.Json;
using System.Text.RegularExpressions;
using ScoringCluster.TestKit;

namespace ScoringCluster.SavedModel.Tests.Golden;

/// <summary>Damaged and hostile models: one clear error each, which names the culprit.</summary>
public sealed class BrokenModelTests
{
    [Fact]
    public void OpenAndFlatten_OfEachDamagedModel_SaysWhatIsWrong()
    {
        if (SharedData.BrokenModels is null)
        {
            Assert.Skip(SharedData.Missing);
        }

        var failures = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories(SharedData.BrokenModels).Order(StringComparer.Ordinal))
        {
            using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
            var error = ErrorOf(folder);
            if (Complaint(expected.RootElement, error) is { } complaint)
            {
                failures.Add($"{Path.GetFileName(folder)}: {complaint}");
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static string? Complaint(JsonElement expected, string? error)
    {
        if (expected.GetProperty("when").GetString() == "call"
            || (expected.TryGetProperty("may_load", out var may) && may.GetBoolean() && error is null))
        {
            return error is null ? null : $"the model is good, but: {error}";
        }

        if (error is null)
        {
            return "it was read without an error";
        }

        return expected.GetProperty("must_say").EnumerateArray()
            .Select(pattern => pattern.GetString()!)
            .Where(pattern => !Regex.IsMatch(error, pattern, RegexOptions.IgnoreCase))
            .Select(pattern => $"'{error}' does not match '{pattern}'")
            .FirstOrDefault();
    }

    private static string? ErrorOf(string folder)
    {
        try
        {
            using var reader = SavedModelReader.Open(Path.Combine(folder, "saved_model"));
            foreach (var signature in reader.Signatures)
            {
                reader.Flatten(signature.Name);
            }

            return null;
        }
        catch (SavedModelException e)
        {
            return e.Message;
        }
    }
}
