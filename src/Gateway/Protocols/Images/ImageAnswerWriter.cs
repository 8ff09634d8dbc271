using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>Results of images as JSON, in the order in which the images came.</summary>
internal static class ImageAnswerWriter
{
    public static async Task WriteAsync(
        HttpContext context, ModelRef version, ImageModel model, IReadOnlyList<ImagePart> images, ImageResults results)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        json.WriteStartObject();
        json.WriteString("model", version.Name);
        json.WriteString("version", version.Version.ToString(CultureInfo.InvariantCulture));
        if (model.Manifest.Assumed)
        {
            json.WriteBoolean("assumed", true);
        }

        json.WriteStartArray("results");
        for (var i = 0; i < images.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("file", images[i].File);
            if (results.FaultOf(i) is { } fault)
            {
                json.WriteString("error", fault.Message);
            }
            else
            {
                WriteScores(json, model, results.PredictedOf(i), results.ScoresOf(i));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter json, ImageModel model, int predicted, ReadOnlySpan<float> scores)
    {
        json.WriteString("class", model.Scores.Classes[predicted]);
        json.WriteStartObject("probabilities");
        for (var i = 0; i < scores.Length; i++)
        {
            json.WriteNumber(model.Scores.Classes[i], scores[i]);
        }

        json.WriteEndObject();
    }
}
