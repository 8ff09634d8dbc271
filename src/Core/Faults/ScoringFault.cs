using System.Collections.Immutable;
using Orleans;

namespace ScoringCluster.Core;

/// <summary>An expected failure as a value; every protocol maps it to its own status in one place.</summary>
/// <param name="Message">One sentence that names what is wrong and where.</param>
[GenerateSerializer, Immutable, Alias("scoring.v1.ScoringFault")]
public sealed record ScoringFault([property: Id(0)] FaultKind Kind, [property: Id(1)] string Message)
{
    /// <summary>All that is wrong with the request, where there is more to say than the message.</summary>
    [Id(2)]
    public ImmutableArray<FaultViolation> Violations { get; init; } = [];

    /// <summary>When to come back, computed from queued work; only with <see cref="FaultKind.Overloaded"/>.</summary>
    [Id(3)]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A <see cref="FaultKind.RequestInvalid"/> that lists everything at once.</summary>
    public static ScoringFault Invalid(IReadOnlyCollection<FaultViolation> violations) => new(
        FaultKind.RequestInvalid, Shortened(string.Join("; ", violations.Select(v => $"{v.Field}: {v.Message}"))))
    {
        Violations = [.. violations],
    };

    private static string Shortened(string message)
    {
        if (message.Length <= Limits.FaultMessageLengthMax)
        {
            return message;
        }

        // Half a surrogate pair would be no text.
        var end = Limits.FaultMessageLengthMax - 1;
        return $"{message.AsSpan(0, char.IsHighSurrogate(message[end - 1]) ? end - 1 : end)}…";
    }
}
