using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Edge.Apis.Messages;
using Clawdbot.Gateway.Edge.Apis.Responses;
using Clawdbot.Gateway.Edge.CrossOrigin;
using Clawdbot.Gateway.Edge.Models;

namespace Clawdbot.Gateway.Edge;

/// <summary>The routes of the APIs that clients call.</summary>
internal static class ApiRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.MapAnswers("/v1/chat/completions", ClientApi.Chat);
        app.MapAnswers("/v1/responses", app.Services.GetRequiredService<ResponsesApi>());
        app.MapGet("/v1/responses/{id}", (HttpContext http, string id, ResponsesEndpoints kept) => kept.GetAsync(http, id));
        app.MapPost("/v1/responses/{id}/cancel", (HttpContext http, string id, ResponsesEndpoints kept) => kept.CancelAsync(http, id));
        app.MapDelete("/v1/responses/{id}", (HttpContext http, string id, ResponsesEndpoints kept) => kept.DeleteAsync(http, id));
        app.MapGet("/v1/responses/{id}/input_items",
            (HttpContext http, string id, ResponsesEndpoints kept) => kept.InputItemsAsync(http, id));
        app.MapAnswers(MessagesApi.Route, ClientApi.Messages);
        app.MapAnswers("/api/process", ClientApi.Process);
        // The id is all that follows: ids hold slashes, and a path that ends with one asks for the list.
        app.MapMethods("/v1/models/{**id}", [HttpMethods.Get, HttpMethods.Head],
            (HttpContext http, string? id, ModelsEndpoint models) => models.HandleAsync(http, id));
    }

    /// <summary>Whether a path is one of theirs.</summary>
    public static bool IsApi(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments("/api/process");

    /// <summary>
    /// Adds what comes before the routes: paths with a slash too many, as they come of a base URL that ends with one, and pages of other
    /// origins.
    /// </summary>
    public static void UseApi(this WebApplication app)
    {
        app.Use(static (http, next) =>
        {
            if (http.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
                Clean(http.Request, path);
            return next(http);
        });
        app.UseRouting(); // sees the clean path; else it would be the first of all
        app.UseCorsOfApis();
    }

    private static void Clean(HttpRequest request, string path)
    {
        while (path.Contains("//", StringComparison.Ordinal))
            path = path.Replace("//", "/", StringComparison.Ordinal);
        if (IsApi(path))
            request.Path = path;
    }

    private static void MapAnswers(this WebApplication app, string path, ClientApi api) =>
        app.MapPost(path, (HttpContext http, RequestPath request) => request.ServeAsync(http, api));
}
