using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clawdbot.Testing.Load;

namespace Clawdbot.Tests.Fakes;

/// <summary>Asks /v1/messages as clients of Anthropic do; answers as they stand on the wire, with the ids that differ each time made equal.</summary>
internal static partial class MessagesClient
{
    /// <summary>A request's body.</summary>
    public static string Body(bool stream, string more = "", string content = "\"hi\"", string model = ChatClient.Model) =>
        $$"""{"model":"{{model}}","max_tokens":4096,"stream":{{(stream ? "true" : "false")}},"seed":3,"messages":[{"role":"user","content":{{content}}}]{{more}}}""";

    /// <summary>A request; a header is a name and a value.</summary>
    public static HttpRequestMessage Request(string body, params string[] header)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("anthropic-version", "2023-06-01");
        if (header is [var name, var value])
            request.Headers.Add(name, value);
        return request;
    }

    /// <summary>Sends a request; status and body, which may be cut off.</summary>
    public static async Task<(int Status, string Body)> SendAsync(HttpClient http, HttpRequestMessage request)
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var id = response.Headers.TryGetValues("request-id", out var ids) ? ids.Single() : null;
        if (request.RequestUri!.ToString().Contains("/v1/messages", StringComparison.Ordinal)) // other routes have no such header
            Assert.Equal(id, response.Headers.TryGetValues("X-Request-Id", out var own) ? own.Single() : null);
        var body = new MemoryStream();
        try
        {
            await response.Content.CopyToAsync(body, TestContext.Current.CancellationToken);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
        }
        request.Dispose();
        return ((int)response.StatusCode, Id().Replace(Encoding.UTF8.GetString(body.ToArray()), "ID"));
    }

    /// <summary>The events of a stream, comments left out, as name and data.</summary>
    public static List<(string Name, JsonElement Data)> Events(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => !e.StartsWith(':')).Select(e =>
        {
            var lines = e.Split('\n');
            Assert.True(lines is [['e', 'v', 'e', 'n', 't', ':', ..], ['d', 'a', 't', 'a', ':', ..]], e);
            return (lines[0]["event: ".Length..], JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement);
        }),
    ];

    /// <summary>All text of a stream.</summary>
    public static string Text(string stream) => string.Concat(Events(stream).Where(e => e.Name == "content_block_delta")
        .Select(e => e.Data.GetProperty("delta")).Where(d => d.GetProperty("type").ValueEquals("text_delta")).Select(d => d.GetProperty("text").GetString()));

    [GeneratedRegex("(?<=msg_|toolu_)[0-9a-f]{24}")]
    private static partial Regex Id();
}
