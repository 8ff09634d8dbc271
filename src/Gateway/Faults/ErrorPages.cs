using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ScoringCluster.Gateway.Faults;

/// <summary>Errors that no endpoint answered: unknown paths, wrong verbs, oversized bodies, defects. All as
/// JSON.</summary>
internal sealed partial class ErrorPages(RequestDelegate next, ILogger<ErrorPages> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, e.StatusCode, e.Message);
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
            return;
        }
        catch (Exception e)
        {
            LogDefect(e, context.Request.Path, context.TraceIdentifier);
            await AnswerAsync(
                context, StatusCodes.Status500InternalServerError,
                    $"The server failed unexpectedly; its log has the reason under {context.TraceIdentifier}.");
            return;
        }

        if (!context.Response.HasStarted && context.Response.ContentLength is null
            && context.Response.ContentType is null)
        {
            switch (context.Response.StatusCode)
            {
                case StatusCodes.Status404NotFound:
                    await AnswerAsync(context, StatusCodes.Status404NotFound, "Not Found");
                    break;
                case StatusCodes.Status405MethodNotAllowed:
                    await AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, "Method Not Allowed");
                    break;
            }
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.StatusCode = status;
        return HttpFaults.WriteErrorAsync(context.Response, message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed unexpectedly ({Reference}).")]
    private partial void LogDefect(Exception exception, PathString path, string reference);
}
