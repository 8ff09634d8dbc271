using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ScoringCluster.Core;

namespace ScoringCluster.Gateway.Faults;

/// <summary>
/// Errors that no endpoint answered, all as JSON: unknown paths, wrong verbs, oversized bodies, defects.
/// </summary>
internal sealed partial class ErrorPages(RequestDelegate next, ILogger<ErrorPages> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            await AnswerUnansweredAsync(context);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(context, e.StatusCode, e.Message);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more; the status is for logs.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (OrleansException e) when (!context.Response.HasStarted)
        {
            // A cluster without a silo, or one that is just gone: what was asked for is somewhere else, or comes back.
            LogUnreachable(context.Request.Path, e.Message);
            context.Response.Clear();
            await HttpFaults.WriteAsync(
                context, new ScoringFault(FaultKind.ReplicaGone, "The silo that would answer this cannot be reached."));
        }
        catch (Exception e)
        {
            LogDefect(e, context.Request.Path, context.TraceIdentifier);
            await AnswerAsync(
                context, StatusCodes.Status500InternalServerError,
                $"The server failed unexpectedly; its log has the reason under {context.TraceIdentifier}.");
        }
    }

    private static Task AnswerUnansweredAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.ContentLength is not null || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound => HttpFaults.WriteErrorAsync(response, "Not Found"),
            StatusCodes.Status405MethodNotAllowed => HttpFaults.WriteErrorAsync(response, "Method Not Allowed"),
            _ => Task.CompletedTask,
        };
    }

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            // The caller must not take what it has for a whole answer.
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        context.Response.StatusCode = status;
        return HttpFaults.WriteErrorAsync(context.Response, message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} found no silo: {Reason}")]
    private partial void LogUnreachable(PathString path, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed unexpectedly ({Reference}).")]
    private partial void LogDefect(Exception exception, PathString path, string reference);
}
