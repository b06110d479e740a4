using System.Text.Json;
using Clawdbot.Gateway.Edge.Apis;
using Clawdbot.Gateway.Edge.Apis.Messages;

namespace Clawdbot.Gateway.Edge.Responses;

/// <summary>An error for a client.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code for programs.</param>
/// <param name="Message">What went wrong and what to do.</param>
/// <param name="Param">The request field at fault; null when none is.</param>
internal sealed record ApiError(int Status, string Code, string Message, string? Param = null)
{
    /// <summary>The code of a fault of the gateway itself.</summary>
    public const string Internal = "internal_error";

    /// <summary>Seconds after which the client may try again.</summary>
    public int? RetryAfter { get; init; }

    private string Type => Status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>
    /// The API that was called: an error has its shape. What routing refuses has Anthropic's under its path, and OpenAI's elsewhere.
    /// </summary>
    public static ClientApi Api(HttpContext http) => http.Features.Get<ClientApi>()
        ?? (http.Request.Path.StartsWithSegments(MessagesApi.Route) ? ClientApi.Messages : ClientApi.Chat);

    /// <summary>The error as a JSON document in the shape of OpenAI's API.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", Message);
            json.WriteString("type", Type);
            json.WriteString("param", Param);
            json.WriteString("code", Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Sends the error as the whole response.</summary>
    public Task WriteAsync(HttpContext http)
    {
        RequestId.Write(http);
        var json = Api(http).Error(this, http.Response.Headers[EdgeHeaders.RequestId].ToString());
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length;
        if (Status == StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = "Bearer";
        if (RetryAfter is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : http.Response.Body.WriteAsync(json, http.RequestAborted).AsTask();
    }
}

/// <summary>Carries an <see cref="ApiError"/> out of the code that reads a request.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    /// <summary>The error for the client.</summary>
    public ApiError Error { get; } = error;

    /// <summary>An error with status 400.</summary>
    public static ApiException BadRequest(string code, string message, string? param = null) =>
        new(new ApiError(400, code, message, param));
}
