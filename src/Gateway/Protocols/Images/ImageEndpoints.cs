using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ScoringCluster.Gateway.Faults;
using ScoringCluster.Gateway.Hosting;
using ScoringCluster.Gateway.Routing;
using ScoringCluster.ServiceDefaults.Cluster;

namespace ScoringCluster.Gateway.Protocols.Images;

/// <summary>
/// <c>POST /api/score/{model}</c>: images in, classes and probabilities out; a faulty image fails alone.
/// </summary>
internal sealed class ImageEndpoints(
    RouteTableHolder routes, ImageModels models, ImageScorer scorer, RequestBodies bodies, Calls calls)
{
    private const string Protocol = "images-http";

    public void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/score/{model}", (HttpContext context) => calls.RunAsync(context, Protocol, ScoreAsync));

    private async Task ScoreAsync(CallScope call)
    {
        var request = call.Context.Request;
        var (route, fault) = ModelRoute.Find(
            routes, (string)call.Context.GetRouteValue("model")!, request.Query["version"].FirstOrDefault());
        ImageModel? model = null;
        if (route is not null)
        {
            (model, fault) = models.Of(route);
        }

        if (route is null || model is null)
        {
            await call.FailAsync(fault!);
            return;
        }

        var (body, refused) = await bodies.ReadAsync(call.Context);
        if (body is null)
        {
            await call.FailAsync(refused!);
            return;
        }

        using (body)
        {
            var (images, problem) = ImageForm.Read(request, body.Bytes);
            await (images is null ? call.FailAsync(problem!) : ScoreAsync(call, route, model, body, images));
        }
    }

    private async Task ScoreAsync(
        CallScope call, ModelRoute route, ImageModel model, RequestBody body, IReadOnlyList<ImagePart> images)
    {
        var results = await scorer.ScoreAsync(call, route, model, body, images);
        call.Scored(route.Entry.Model, results.Rows);
        if (results.Fault is not null)
        {
            await call.FailAsync(results.Fault);
            return;
        }

        if (results.Failure is { } failure)
        {
            call.Note(failure);
            call.Context.Response.StatusCode = HttpFaults.StatusOf(failure.Kind);
        }

        if (results.Slowest is not null)
        {
            call.ShowOrigin(results.Slowest);
        }

        await ImageAnswerWriter.WriteAsync(call.Context, route.Entry.Model, model, images, results);
    }
}
