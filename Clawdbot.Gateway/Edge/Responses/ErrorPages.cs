using Microsoft.AspNetCore.Diagnostics;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>Gives errors that arise outside the endpoints the same shape as all others.</summary>
internal static partial class ErrorPages
{
    /// <summary>The error for a fault of the gateway itself.</summary>
    public static ApiError Internal => new(500, ApiError.Internal, "The gateway failed to handle this request. Its log says why.");

    /// <summary>Handles what routing and the web server refuse, and exceptions that nothing else caught.</summary>
    public static void UseErrorShape(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Clawdbot.Gateway.Edge");
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            SuppressDiagnosticsCallback = _ => true, // logged here, once
            ExceptionHandler = http =>
            {
                var fault = http.Features.Get<IExceptionHandlerFeature>()?.Error;
                switch (fault)
                {
                    case ApiException api:
                        return api.Error.WriteAsync(http);
                    case BadHttpRequestException bad:
                        return new ApiError(bad.StatusCode, "bad_http_request", bad.Message).WriteAsync(http);
                }
                if (fault is not null)
                    Unhandled(log, http.Request.Path, fault);
                return Internal.WriteAsync(http);
            },
        });
        app.UseStatusCodePages(context => Shape(context.HttpContext).WriteAsync(context.HttpContext));
    }

    private static ApiError Shape(HttpContext http) => http.Response.StatusCode switch
    {
        404 => new(404, "unknown_url", $"There is no {http.Request.Method} {http.Request.Path}. README lists what there is."),
        405 => new(405, "method_not_allowed", $"{http.Request.Method} is not for {http.Request.Path}; use {http.Response.Headers.Allow}."),
        var status => new(status, "request_refused", $"The request was refused with status {status}."),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Unhandled failure on {Path}")]
    private static partial void Unhandled(ILogger logger, string path, Exception fault);
}
