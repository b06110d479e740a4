using System.Buffers;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Writes errors in the shape of Anthropic's API, with the gateway's own code and field beside its type.</summary>
internal static class MessagesError
{
    /// <summary>
    /// The code of a request that leaves its conversation to the server. Anthropic's SDKs look for it in the details of the error, and send
    /// the whole conversation then.
    /// </summary>
    public const string NoThreads = "thread_unsupported_request";

    /// <summary>Writes <c>{"type":"error","error":{"type":...,"message":...,"code":...,"param":...?},"request_id":...}</c>.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="error">The error.</param>
    /// <param name="id">Id of the answer; null where the request did not get one.</param>
    public static void Write(IBufferWriter<byte> output, ApiError error, string? id)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", Type(error.Status));
        json.WriteString("message", error.Message);
        json.WriteString("code", error.Code);
        if (error.Param is { } param)
            json.WriteString("param", param);
        if (error.Code == NoThreads)
        {
            json.WriteStartObject("details");
            json.WriteString("error_code", NoThreads);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteString("request_id", id);
        json.WriteEndObject();
    }

    private static string Type(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
