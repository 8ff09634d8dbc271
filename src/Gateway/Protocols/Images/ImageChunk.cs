using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Routing;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>Some images of a request on their way to rows of one command, and scores on their way back.</summary>
internal sealed class ImageChunk(
    ImageModel model, RequestBody body, IReadOnlyList<ImagePart> parts, ImageResults results, TensorBlockPool pool)
{
    public ImageResults Results => results;

    /// <summary>Rows of the images that can be read, in their order; null where there is none.</summary>
    public Tensor? Decode(int[] images, CancellationToken cancellationToken)
    {
        var (input, rowBytes) = (model.Preprocessor.Input, model.Preprocessor.RowBytes);
        var pixels = Tensor.Rent(pool, input.Name, input.Type, input.Shape.WithRows(images.Length));
        var rows = 0;
        try
        {
            foreach (var image in images)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Read(parts[image], pixels.Bytes.Slice(rows * rowBytes, rowBytes)) is { } fault)
                {
                    results.Fail(image, fault);
                }
                else
                {
                    rows++;
                }
            }
        }
        catch
        {
            pixels.Dispose();
            throw;
        }

        if (rows == 0)
        {
            pixels.Dispose();
            return null;
        }

        return rows == images.Length
            ? pixels
            : new Tensor(input.Name, input.Type, input.Shape.WithRows(rows), pixels.Block, rows * rowBytes);
    }

    public ScoreWork Work(Tensor rows, Func<TimeSpan> timeLeft) => new(
        model.Signature, [rows], [model.Scores.Output.Name], (int)rows.Shape[0], timeLeft, pool);

    /// <summary>Reads the scores of the images that were decoded, and gives the answer's blocks back.</summary>
    public void Take(ScoreAnswer answer, int[] images)
    {
        if (answer.Fault is not null)
        {
            results.Fault ??= answer.Fault;
            return;
        }

        try
        {
            var scores = answer.Outputs[0];
            var row = 0;
            foreach (var image in images.Where(image => results.FaultOf(image) is null))
            {
                if (model.Scores.Read(scores, row++, results.ScoresOf(image), out var predicted) is { } fault)
                {
                    results.Fail(image, fault);
                }

                results.Predict(image, predicted);
            }

            results.Answered(answer);
        }
        finally
        {
            foreach (var output in answer.Outputs)
            {
                output.Dispose();
            }
        }
    }

    private ScoringFault? Read(ImagePart part, Span<byte> row) => part.Length > Limits.ImageBytesMax
        ? new ScoringFault(
            FaultKind.InputUnreadable, $"The image has {part.Length} bytes, at most {Limits.ImageBytesMax} are read.")
        : model.Preprocessor.Read(body.Bytes.Slice(part.Offset, part.Length), row);
}
