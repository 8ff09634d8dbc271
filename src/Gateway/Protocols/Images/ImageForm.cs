using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>An image as sent.</summary>
internal readonly record struct NamedImage(string File, ReadOnlyMemory<byte> Bytes);

/// <summary>The images of a request: the raw body, or the parts of a form.</summary>
internal static class ImageForm
{
    /// <summary>Name of an image that has none.</summary>
    public const string RawName = "image";

    public static async Task<(IReadOnlyList<NamedImage>? Images, ScoringFault? Fault)> ReadAsync(
        HttpContext context, int bytesMax)
    {
        if (context.Request.ContentLength > bytesMax)
        {
            return (null, TooLarge(bytesMax));
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            var body = await ReadAsync(context.Request.Body, bytesMax, context.RequestAborted);
            return body is null ? (null, TooLarge(bytesMax)) : ([new NamedImage(RawName, body)], null);
        }

        if (HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
        {
            return (null, new ScoringFault(FaultKind.RequestInvalid, "The form's content type has no boundary."));
        }

        try
        {
            return await ReadPartsAsync(
                new MultipartReader(boundary, context.Request.Body), bytesMax, context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return (null, new ScoringFault(FaultKind.RequestInvalid, $"The form cannot be read: {e.Message}"));
        }
    }

    private static async Task<(IReadOnlyList<NamedImage>? Images, ScoringFault? Fault)> ReadPartsAsync(
        MultipartReader reader, int bytesMax, CancellationToken cancellationToken)
    {
        var images = new List<NamedImage>();
        var left = bytesMax;
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } part)
        {
            if (images.Count == Limits.ImagesPerRequestMax)
            {
                return (null,
                    new ScoringFault(
                    FaultKind.RequestTooLarge, $"A request takes at most {Limits.ImagesPerRequestMax} images."));
            }

            if (await ReadAsync(part.Body, left, cancellationToken) is not { } bytes)
            {
                return (null, TooLarge(bytesMax));
            }

            left -= bytes.Length;
            images.Add(new NamedImage(NameOf(part), bytes));
        }

        return images.Count > 0 ? (images, null)
            : (null, new ScoringFault(
            FaultKind.RequestInvalid, "The form has no parts: one image a part is expected."));
    }

    private static string NameOf(MultipartSection part)
    {
        if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
        {
            return RawName;
        }

        string?[] names =
            [disposition.FileNameStar.Value, HeaderUtilities.RemoveQuotes(disposition.FileName).Value,
            HeaderUtilities.RemoveQuotes(disposition.Name).Value];
        return names.FirstOrDefault(name => name is { Length: > 0 }) ?? RawName;
    }

    /// <summary>Null where there is more than may be.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int max, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (bytes.Length + read > max)
            {
                return null;
            }

            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private static ScoringFault TooLarge(int max) =>
        new(FaultKind.RequestTooLarge,
            $"The body is larger than {max} bytes (Gateway:{nameof(GatewayOptions.RequestBytesMax)}).");
}
