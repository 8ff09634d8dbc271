using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>
/// Decodes and scores the images of a request in chunks of rows, several at a time: a request of any size holds a few
/// chunks of pixels, and its rows spread over replicas. Results are in the order of the images.
/// </summary>
internal sealed class ImageScorer(ReplicaRouter router, TensorBlockPool pool) : IDisposable
{
    /// <summary>Chunks of one request on their way: one is decoded while another is scored.</summary>
    private static readonly int _chunksMax = 2 * Environment.ProcessorCount;

    /// <summary>Decoding is pure computing: more threads than processors would only starve the calls.</summary>
    private readonly SemaphoreSlim _decoders = new(Environment.ProcessorCount);

    public async Task<ImageResults> ScoreAsync(
        CallScope call, ModelRoute route, ImageModel model, RequestBody body, IReadOnlyList<ImagePart> images)
    {
        var results = new ImageResults(images.Count, model.Scores.Classes.Length);
        var chunkRows = ChunkRows(route, model, images.Count);
        var chunks = Enumerable.Range(0, (images.Count + chunkRows - 1) / chunkRows);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _chunksMax, CancellationToken = call.Aborted };
        await Parallel.ForEachAsync(chunks, options, async (chunk, cancellationToken) =>
        {
            var first = chunk * chunkRows;
            var range = Enumerable.Range(first, Math.Min(chunkRows, images.Count - first)).ToArray();
            var job = new ImageChunk(model, body, images, results, pool);
            await ScoreAsync(call, route, job, range, cancellationToken);
        });
        return results;
    }

    public void Dispose() => _decoders.Dispose();

    private async Task ScoreAsync(
        CallScope call, ModelRoute route, ImageChunk chunk, int[] images, CancellationToken cancellationToken)
    {
        if (chunk.Results.Fault is not null)
        {
            return;
        }

        Tensor? rows;
        await _decoders.WaitAsync(cancellationToken);
        try
        {
            rows = chunk.Decode(images, cancellationToken);
        }
        finally
        {
            _decoders.Release();
        }

        if (rows is null)
        {
            return;
        }

        var answer = await router.ScoreAsync(route, chunk.Work(rows, () => call.TimeLeft(null)), cancellationToken);
        chunk.Take(answer, images);
    }

    /// <summary>Rows of a chunk: what a message and a batch take, and no more than give every processor one.</summary>
    private static int ChunkRows(ModelRoute route, ImageModel model, int images)
    {
        if (!model.Signature.Batched)
        {
            return 1;
        }

        var rows = Math.Max(1, Limits.MessageBytesTarget / Math.Max(1, model.Preprocessor.RowBytes));
        if (route.Report.BatchRowsMax > 0)
        {
            rows = Math.Min(rows, route.Report.BatchRowsMax);
        }

        var share = (images + Environment.ProcessorCount - 1) / Environment.ProcessorCount;
        return Math.Clamp(share, 1, rows);
    }
}
