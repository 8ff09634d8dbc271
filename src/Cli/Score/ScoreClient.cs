using System.Text.Json;

namespace ScoringCluster.Cli.Score;

/// <summary>One image's answer: a class with probabilities, or an error.</summary>
internal sealed record ImageScore(
    string File, string? Class, IReadOnlyList<(string Name, double Probability)> Probabilities, string? Error);

/// <summary>Has images scored by a service, whatever it speaks.</summary>
internal interface IScoreClient : IDisposable
{
    /// <summary>Whether how the model takes images is assumed; known with the first answer.</summary>
    bool Assumed { get; }

    /// <summary>One answer a file, in their order.</summary>
    IAsyncEnumerable<ImageScore> ScoreAsync(IReadOnlyList<string> files, CancellationToken cancellationToken);
}

/// <summary>Sends images to <c>/api/score</c>, some at a time.</summary>
internal sealed class HttpScoreClient(HttpClient http, string model) : IScoreClient
{
    private const int FilesPerRequest = 64;
    private const long BytesPerRequest = 16L << 20;

    public bool Assumed { get; private set; }

    public async IAsyncEnumerable<ImageScore> ScoreAsync(
        IReadOnlyList<string> files,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var at = 0; at < files.Count;)
        {
            using var form = new MultipartFormDataContent();
            var sent = new List<string>();
            long bytes = 0;
            for (; at < files.Count && sent.Count < FilesPerRequest && bytes < BytesPerRequest; at++)
            {
                var content = await File.ReadAllBytesAsync(files[at], cancellationToken);
                bytes += content.Length;
                form.Add(new ByteArrayContent(content), "image", files[at]);
                sent.Add(files[at]);
            }

            foreach (var score in await SendAsync(form, cancellationToken))
            {
                yield return score;
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<List<ImageScore>> SendAsync(HttpContent form, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync($"api/score/{Uri.EscapeDataString(model)}", form, cancellationToken);
        var root = await ServiceClient.ReadJsonAsync(answer, cancellationToken);

        // Where every image is faulty the status is 400, with the same body.
        if (!root.TryGetProperty("results", out var results))
        {
            throw new CommandException(
                root.TryGetProperty("error", out var error) ? error.GetString()!
                : $"The service answered with {(int)answer.StatusCode}.");
        }

        Assumed = root.TryGetProperty("assumed", out var assumed) && assumed.GetBoolean();
        return [.. results.EnumerateArray().Select(Read)];
    }

    private static ImageScore Read(JsonElement result) => new(
        result.GetProperty("file").GetString()!,
        result.TryGetProperty("class", out var name) ? name.GetString() : null,
        result.TryGetProperty("probabilities", out var probabilities)
            ? [.. probabilities.EnumerateObject().Select(p => (p.Name, p.Value.GetDouble()))]
            : [],
        result.TryGetProperty("error", out var error) ? error.GetString() : null);
}
