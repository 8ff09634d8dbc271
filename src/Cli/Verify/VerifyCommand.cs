using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ScoringCluster.Engine.Verification;

namespace ScoringCluster.Cli.Verify;

/// <summary><c>scoring model verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("CASE_DIR")
        {
            Description = "Folders with case.json, saved_model/ and recorded tensors.",
            Arity = ArgumentArity.OneOrMore,
        };
        var engine = CommonOptions.Engine();
        var expect = new Option<bool>("--expect-embedded")
        {
            Description = "A refusal is ok where the case allows it, and only there.",
        };
        var dump = new Option<string?>("--dump") { Description = "Writes the outputs that came to DIR/CASE/FILE." };
        var json = CommonOptions.Json();
        var command = new Command("verify", "Runs recorded calls and compares the outputs.")
        {
            folders, engine, expect, dump, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            CommonOptions.RequireEngine(parsed.GetValue(engine)!);
            var verifier = new CaseVerifier(parsed.GetValue(expect), parsed.GetValue(dump));
            return RunAsync(verifier, parsed.GetValue(folders)!, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        CaseVerifier verifier, string[] folders, bool json, CancellationToken cancellationToken)
    {
        if (Array.Find(folders, folder => !Directory.Exists(folder)) is { } missing)
        {
            throw new CommandException($"'{missing}' is no folder.", ExitCodes.Usage);
        }

        var failed = false;
        foreach (var folder in folders)
        {
            GoldenCase golden;
            IReadOnlyList<CallResult> results;
            try
            {
                golden = GoldenCase.Read(folder);
                results = verifier.Verify(golden, cancellationToken);
            }
            catch (InvalidDataException e)
            {
                throw new CommandException(e.Message);
            }

            failed |= results.Any(r => r.Status != CallStatus.Ok);
            foreach (var line in json ? results.Select(ToJson) : [ToLine(golden.Name, results)])
            {
                await Console.Out.WriteLineAsync(line);
            }
        }

        return failed ? ExitCodes.Failed : ExitCodes.Ok;
    }

    /// <summary>A case is as good as its worst call.</summary>
    private static string ToLine(string name, IReadOnlyList<CallResult> results)
    {
        var worst = results.MaxBy(r => r.Status)!;
        var error = results.Max(r => r.MaxAbsoluteError);
        var refusals = results.Count(r => r.Status == CallStatus.Ok && r.Refused);
        var note = worst.Reason is { } reason ? $"  {reason}" : refusals > 0
            ? $"  {refusals} of {results.Count} calls refused as allowed" : "";
        return $"{NameOf(worst.Status)} {name} max_abs_err "
            + $"{error?.ToString("0.###e+0", CultureInfo.InvariantCulture) ?? "-"}{note}";
    }

    private static string ToJson(CallResult result) => JsonSerializer.Serialize(new Dictionary<string, object?>
    {
        ["case"] = result.Case,
        ["call"] = result.Call,
        ["engine"] = result.Engine,
        ["status"] = result.Status == CallStatus.Ok && result.Refused ? "refused" : NameOf(result.Status),
        ["max_abs_err"] = result.MaxAbsoluteError is { } error && double.IsFinite(error) ? error : null,
        ["reason"] = result.Reason,
    });

    private static string NameOf(CallStatus status) => status switch
    {
        CallStatus.Ok => "ok",
        CallStatus.Refused => "refused",
        CallStatus.Fail => "FAIL",
    };
}
