using Clawdbot.Testing.Load;
using System.Net.Http.Headers;
using System.Text;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Scenarios;

/// <summary>How the requests of the table are made.</summary>
internal static partial class BadInputs
{
    private const string Model = $"\"model\":\"{ChatClient.Model}\"";
    private const string Messages = """ "messages":[{"role":"user","content":"hello"}] """;

    /// <summary>A chat request with this body.</summary>
    private static HttpRequestMessage Chat(string body) => Post(new ByteArrayContent(Encoding.UTF8.GetBytes(body)));

    private static BadInput Body(string name, string code, string body, int status = 400) => new(name, status, code, () => Chat(body));

    private static BadInput Form(string name, string code, string body) => new(name, 400, code, () =>
        new(HttpMethod.Post, "/api/process") { Content = new StringContent(body, Encoding.UTF8, "application/json") });

    private static string With(string field) => $$"""{{{Model}},{{Messages}},{{field}}}""";

    private static HttpRequestMessage With(string header, string value)
    {
        var request = Chat($$"""{{{Model}},{{Messages}}}""");
        request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    private static string Content(string parts, string more = "") => $$"""{{{Model}},"messages":[{"role":"user","content":[{{parts}}]}]{{more}}}""";

    private static string Picture(ReadOnlySpan<byte> file, string more = "") => Content(Part(file), more);

    private static string Part(ReadOnlySpan<byte> file) =>
        $$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(file)}}}"}}""";

    private static HttpRequestMessage Post(HttpContent content)
    {
        content.Headers.ContentType ??= new MediaTypeHeaderValue("application/json");
        return new(HttpMethod.Post, "/v1/chat/completions") { Content = content };
    }

    private static HttpRequestMessage Chunked(HttpRequestMessage request)
    {
        request.Headers.TransferEncodingChunked = true;
        return request;
    }

    private static byte[] Large(int bytes) =>
        Encoding.UTF8.GetBytes($$"""{{{Model}},"messages":[{"role":"user","content":"{{new string('a', bytes)}}"}]}""");
}
