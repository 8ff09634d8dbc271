using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using ScoringCluster.Contracts.Replicas;
using ScoringCluster.Core;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.Gateway.Telemetry;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary><c>POST /api/score/{model}</c>: images in, classes and probabilities out; a faulty image fails
/// alone.</summary>
internal sealed class ImageEndpoints(
    RouteTableHolder routes, ReplicaRouter router, ImageModels models, IOptions<GatewayOptions> options,
        GatewayInstruments instruments, TimeProvider time)
{
    private const string Protocol = "images-http";

    public void Map(IEndpointRouteBuilder app) => app.MapPost("/api/score/{model}", ScoreAsync);

    private async Task ScoreAsync(HttpContext context)
    {
        using var call = new CallScope(context, Protocol, instruments, time);
        var (route, fault) = ModelRoute.Find(
            routes.Table, (string)context.GetRouteValue("model")!, context.Request.Query["version"].FirstOrDefault());
        ImageModel? model = null;
        if (route is not null)
        {
            (model, fault) = models.Of(route);
        }

        if (model is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        var (images, refused) = await ImageForm.ReadAsync(context, options.Value.RequestBytesMax);
        if (images is null)
        {
            await call.FailAsync(refused!);
            return;
        }

        var rows = new byte[images.Count][];
        var faults = new ScoringFault?[images.Count];
        await Parallel.ForAsync(0, images.Count, call.Aborted, (i, _) =>
        {
            rows[i] = new byte[model.Preprocessor.RowBytes];
            faults[i] = model.Preprocessor.Read(images[i].Bytes.Span, rows[i]);
            return ValueTask.CompletedTask;
        });

        int[] good = [.. Enumerable.Range(0, images.Count).Where(i => faults[i] is null)];
        call.Scored(route!.Entry.Model, good.Length);
        if (good.Length == 0)
        {
            call.Note(faults[0]!);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            Write(context, route, model, images, faults, null);
            return;
        }

        await ScoreAsync(call, route, model, images, rows, faults, good);
    }

    private async Task ScoreAsync(
        CallScope call, ModelRoute route, ImageModel model, IReadOnlyList<NamedImage> images, byte[][] rows,
            ScoringFault?[] faults, int[] good)
    {
        var answer = await router.ScoreAsync(route, () => new ScoreCommand
        {
            Signature = model.Signature.Name,
            Inputs = [Pack(model, rows, good)],
            Outputs = [model.Scores.Output.Name],
            Rows = good.Length,
            TimeLeft = call.TimeLeft(null),
        }, call.Aborted);
        if (answer.Fault is not null)
        {
            await call.FailAsync(answer.Fault);
            return;
        }

        using var output = answer.Outputs[0];
        call.ShowTiming(answer);
        Write(call.Context, route, model, images, faults, output);
    }

    private static Tensor Pack(ImageModel model, byte[][] rows, int[] good)
    {
        var input = model.Preprocessor.Input;
        var tensor = Tensor.Rent(TensorBlockPool.Shared, input.Name, input.Type, input.Shape.WithRows(good.Length));
        for (var i = 0; i < good.Length; i++)
        {
            rows[good[i]].CopyTo(tensor.Bytes[(i * model.Preprocessor.RowBytes)..]);
        }

        return tensor;
    }

    private static void Write(
        HttpContext context, ModelRoute route, ImageModel model, IReadOnlyList<NamedImage> images,
            ScoringFault?[] faults, Tensor? output)
    {
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonText.Writing);
        json.WriteStartObject();
        json.WriteString("model", route.Entry.Model.Name);
        json.WriteString("version", route.Entry.Model.Version.ToString(CultureInfo.InvariantCulture));
        if (model.Manifest.Assumed)
        {
            json.WriteBoolean("assumed", true);
        }

        json.WriteStartArray("results");
        var scores = new float[model.Scores.Classes.Length];
        var row = 0;
        for (var i = 0; i < images.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("file", images[i].File);
            var predicted = 0;
            if ((faults[i] ?? model.Scores.Read(output!, row++, scores, out predicted)) is { } fault)
            {
                json.WriteString("error", fault.Message);
            }
            else
            {
                json.WriteString("class", model.Scores.Classes[predicted]);
                json.WriteStartObject("probabilities");
                for (var c = 0; c < scores.Length; c++)
                {
                    json.WriteNumber(model.Scores.Classes[c], scores[c]);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
