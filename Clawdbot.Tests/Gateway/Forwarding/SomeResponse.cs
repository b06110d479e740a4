using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;
using Clawdbot.Tests.Fakes;

namespace Clawdbot.Tests.Gateway.Forwarding;

/// <summary>Answers on their way of which a test names only what it is about.</summary>
internal static class SomeResponse
{
    public static GenerationRequest Request(int choices = 1, bool onlyText = true) => new()
    {
        Body = "{}"u8.ToArray(), Model = SomeReplica.Model, Stream = true, IncludeUsage = true, Choices = choices, OnlyText = onlyText,
        HasSeed = false, PromptBytes = 2,
    };

    public static ResponseState Of(GenerationRequest request, ContinuationKind continuation = ContinuationKind.Text,
        bool repeatable = false)
    {
        var response = new ResponseState("chatcmpl-1", DateTimeOffset.UnixEpoch, request, 1);
        response.AttemptBegins();
        response.Started(SomeReplica.Identity, continuation, repeatable, 5);
        return response;
    }

    /// <summary>A token came and its text was told, as the relay does it.</summary>
    public static void Token(ResponseState response, string text, int index = 0, int? id = null)
    {
        if (id is { } known)
            response.Generated(index, known);
        else
            response.GeneratedUnnumbered();
        response.Told(index, Escaped(text));
    }

    public static byte[] Escaped(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.ToArray();

    public static string Unescaped(IEnumerable<byte> escaped) =>
        JsonSerializer.Deserialize<string>($"\"{Encoding.UTF8.GetString([.. escaped])}\"")!;
}
