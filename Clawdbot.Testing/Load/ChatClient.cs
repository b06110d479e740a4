using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Clawdbot.Testing.Load;

/// <summary>A chat client that reads events itself and records every irregularity of an answer.</summary>
/// <param name="http">A client with the server's address, and its API key where it needs one.</param>
/// <param name="model">Model to ask for.</param>
internal sealed class ChatClient(HttpClient http, string model = ChatClient.Model)
{
    public const string Model = "clawdbot-embedded";

    /// <summary>The model that it asks for.</summary>
    public string AskedModel => model;

    public Task<ObservedAnswer> AskAsync(
        string question, bool stream, long? seed = 7, string more = "", Action<int>? onText = null,
        CancellationToken cancellation = default) =>
        SendAsync(Body(Quoted(question), stream, seed, more, model), stream, onText, cancellation);

    public Task<ObservedAnswer> AskAboutAsync(byte[] picture, string question, bool stream, long? seed = 7, string more = "") =>
        SendAsync(Body(About(picture, question), stream, seed, more, model), stream);

    /// <summary>Asks a question whose answer is known. When it is cancelled, it returns what was seen until then.</summary>
    public Task<ObservedAnswer> AskAsync(Question question, CancellationToken cancellation = default) => question.Form is { } form
        ? SendAsync("/api/process", form, false, null, cancellation)
        : SendAsync(Body(question), question.Stream, cancellation: cancellation);

    public Task<ObservedAnswer> SendAsync(string body, bool stream, Action<int>? onText = null, CancellationToken cancellation = default) =>
        SendAsync("/v1/chat/completions", body, stream, onText, cancellation);

    private async Task<ObservedAnswer> SendAsync(string path, string body, bool stream, Action<int>? onText, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Clawdbot-Details", "true");
        var sent = TimeProvider.System.GetTimestamp();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode || !stream)
                return await AnswerDocument.ReadAsync(response, cancellation);
            return await new AnswerStream(sent, onText).ReadAsync(await response.Content.ReadAsStreamAsync(cancellation), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ObservedAnswer { Break = ObservedAnswer.Silence };
        }
    }

    /// <summary>The request's body.</summary>
    public string Body(Question question)
    {
        var limit = question.MaxTokens is { } most ? string.Create(CultureInfo.InvariantCulture, $",\"max_tokens\":{most}") : "";
        return Body(question.Picture is { } picture ? About(picture, question.Text) : Quoted(question.Text), question.Stream,
            question.Seed, limit + question.More, model);
    }

    /// <summary>The request's body.</summary>
    public static string Body(string content, bool stream, long? seed, string more = "", string model = Model) =>
        string.Create(CultureInfo.InvariantCulture,
            $$$"""{"model":"{{{JsonEncodedText.Encode(model)}}}","messages":[{"role":"user","content":{{{content}}}}]"""
            + $$$""","stream":{{{(stream ? "true" : "false")}}},"stream_options":{"include_usage":true}"""
            + $$$"""{{{(seed is null ? "" : $",\"seed\":{seed}")}}}{{{more}}}}""");

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static string About(byte[] picture, string question) =>
        $$$"""[{"type":"text","text":"{{{JsonEncodedText.Encode(question)}}}"}"""
        + $$$""",{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(picture)}}}"}}]""";
}
