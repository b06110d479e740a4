using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>How a server is told to go on with the assistant's last words instead of beginning a turn.</summary>
internal enum TextContinuationStyle
{
    /// <summary>Not at all: the server can't continue an answer.</summary>
    None,

    /// <summary>By the field <c>continue_final_message</c>, as vLLM and SGLang have it.</summary>
    ContinueFinalMessage,

    /// <summary>By a last message of the assistant, which the server continues by itself, as the server of llama.cpp does.</summary>
    Prefill,

    /// <summary>By the field <c>prefix</c> on the last message, as Mistral and DeepSeek have it.</summary>
    Prefix,
}

/// <summary>Makes a request for an answer that goes on from its text.</summary>
internal static class TextContinuation
{
    /// <summary>Appends the text that the client has already and lowers the token limits by its tokens.</summary>
    /// <returns>False when nothing is left to generate: the limit was reached.</returns>
    /// <exception cref="EngineRefusalException">The server or the request does not allow it.</exception>
    public static bool Apply(RawEdit edit, RawObject request, EngineRequest from, TextContinuationStyle style)
    {
        if (style == TextContinuationStyle.None)
            throw EngineFaults.Mismatch("This engine can't go on with an answer that began elsewhere.");
        Check(request);
        var prefix = style == TextContinuationStyle.Prefix ? ",\"prefix\":true" : "";
        edit.Append($$"""{"role":"assistant","content":{{RawEdit.Text(from.Extras.ContinueText!)}}{{prefix}}}""");
        if (style == TextContinuationStyle.ContinueFinalMessage)
            edit.Set("add_generation_prompt", "false").Set("continue_final_message", "true").Remove("echo");
        return Lower(edit, request, "max_tokens", from.Extras.Delivered)
            & Lower(edit, request, "max_completion_tokens", from.Extras.Delivered)
            & Lower(edit, request, "n_predict", from.Extras.Delivered);
    }

    /// <summary>Checks that the request's answer can go on from text.</summary>
    /// <exception cref="EngineRefusalException">It can't.</exception>
    public static void Check(RawObject request)
    {
        if (request.Number("n") > 1)
            throw EngineFaults.Mismatch("Of several choices none can go on by itself.");
        if (EndsWithAssistant(request))
        {
            throw EngineFaults.Mismatch("The request itself ends with words of the assistant; "
                + "what was generated behind them can't be told apart from them.");
        }
    }

    /// <summary>Lowers one limit; false when nothing is left of it. A negative limit means none (llama.cpp's <c>n_predict</c>).</summary>
    private static bool Lower(RawEdit edit, RawObject request, string name, int delivered)
    {
        if (request.Number(name) is not { } limit || limit < 0)
            return true;
        edit.Set(name, limit - delivered);
        return limit > delivered;
    }

    private static bool EndsWithAssistant(RawObject request)
    {
        var json = new Utf8JsonReader(request["messages"].Span);
        var isAssistant = false;
        while (json.Read())
        {
            if (json is { CurrentDepth: 1, TokenType: JsonTokenType.StartObject })
                isAssistant = false;
            else if (json is { CurrentDepth: 2, TokenType: JsonTokenType.PropertyName } && json.ValueTextEquals("role"u8) && json.Read())
                isAssistant = json.TokenType == JsonTokenType.String && json.ValueTextEquals("assistant"u8);
        }
        return isAssistant;
    }
}
