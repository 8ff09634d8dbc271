using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>Where one image stands in the body.</summary>
internal readonly record struct ImagePart(string File, int Offset, int Length);

/// <summary>The images of a request: the raw body, or the parts of a form.</summary>
internal static class ImageForm
{
    /// <summary>Name of an image that has none.</summary>
    public const string RawName = "image";

    /// <summary>RFC 2046: a boundary has at most 70 characters.</summary>
    private const int BoundaryMax = 70;

    public static (IReadOnlyList<ImagePart>? Images, ScoringFault? Fault) Read(
        HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return ([new ImagePart(RawName, 0, body.Length)], null);
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= BoundaryMax })
        {
            return (null, new ScoringFault(
                FaultKind.RequestInvalid,
                $"The form's content type '{request.ContentType}' has no boundary of 1 to {BoundaryMax} characters."));
        }

        var images = new List<ImagePart>();
        var parts = new MultipartParts(body, boundary);
        while (parts.Next())
        {
            if (images.Count == Limits.ImagesPerRequestMax)
            {
                return (null, new ScoringFault(
                    FaultKind.RequestTooLarge, $"A request takes at most {Limits.ImagesPerRequestMax} images."));
            }

            images.Add(new ImagePart(NameOf(parts.Disposition), parts.Offset, parts.Length));
        }

        var problem = parts.Problem ?? (images.Count == 0 ? "it has no parts, one image a part is expected" : null);
        return problem is null
            ? (images, null)
            : (null, new ScoringFault(FaultKind.RequestInvalid, $"The form cannot be read: {problem}."));
    }

    private static string NameOf(string? disposition)
    {
        if (!ContentDispositionHeaderValue.TryParse(disposition, out var parsed))
        {
            return RawName;
        }

        string?[] names =
        [
            parsed.FileNameStar.Value,
            HeaderUtilities.UnescapeAsQuotedString(parsed.FileName).Value,
            HeaderUtilities.UnescapeAsQuotedString(parsed.Name).Value,
        ];
        return names.FirstOrDefault(name => name is { Length: > 0 }) ?? RawName;
    }
}
