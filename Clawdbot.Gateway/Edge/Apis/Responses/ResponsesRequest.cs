using System.Collections.Frozen;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Responses;

/// <summary>Reads the fields of a request to <c>/v1/responses</c> and writes the chat request that asks the same.</summary>
internal static class ResponsesRequest
{
    /// <summary>Longest instructions, and largest list of tools or other field that an answer repeats, in bytes.</summary>
    private const int MostEchoed = 1 << 20;

    /// <summary>Fields whose values are those of a chat request, some under another name.</summary>
    private static readonly FrozenDictionary<string, string> Same = new Dictionary<string, string>
    {
        ["max_output_tokens"] = "max_tokens", ["temperature"] = "temperature", ["top_p"] = "top_p", ["stream"] = "stream",
        ["seed"] = "seed", ["parallel_tool_calls"] = "parallel_tool_calls", ["presence_penalty"] = "presence_penalty", ["stop"] = "stop",
        ["frequency_penalty"] = "frequency_penalty", ["top_k"] = "top_k", ["min_p"] = "min_p", ["logit_bias"] = "logit_bias",
        ["repetition_penalty"] = "repetition_penalty", ["chat_template_kwargs"] = "chat_template_kwargs",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Fields that are read elsewhere, or change nothing here: how OpenAI bills, caches, keeps apart or pads.</summary>
    private static readonly FrozenSet<string> Ignored = FrozenSet.Create(StringComparer.Ordinal,
        "max_tool_calls", "metadata", "previous_response_id", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
        "service_tier", "store", "stream_options", "user");

    /// <summary>The chat request that asks the same.</summary>
    /// <param name="fields">The fields of the body.</param>
    /// <param name="before">The conversation that it goes on from.</param>
    /// <param name="referred">The items that it names.</param>
    /// <param name="anyModel">Gives the model for a request that names none.</param>
    /// <exception cref="ApiException">It is none, or asks for what is not supported; the error names it.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ToChat(Dictionary<string, RawJson> fields, IReadOnlyList<StoredResponse> before,
        ReferredItems referred, Func<string> anyModel)
    {
        var model = fields.TryGetValue("model", out var named) ? named.Text("model", 256) : anyModel();
        var chat = new ChatBody().Raw("{\"model\":").Text(model).Raw(",\"messages\":[");
        Messages(fields, before, new ResponsesMessages(chat, referred));
        chat.Raw("]");
        foreach (var (name, value) in fields)
            Field(name, value, chat);
        return chat.Raw("}").ToPieces();
    }

    private static void Messages(Dictionary<string, RawJson> fields, IReadOnlyList<StoredResponse> before, ResponsesMessages messages)
    {
        if (fields.TryGetValue("instructions", out var instructions))
            messages.Instructions(instructions);
        if (!fields.TryGetValue("input", out var input))
            throw ApiException.BadRequest("missing_field", "'input' is missing: a text, or a list of messages.", "input");
        foreach (var turn in before)
        {
            messages.Input(turn.Input, "previous_response_id");
            messages.Input(turn.Output, "previous_response_id");
        }
        messages.Input(input, "input");
        messages.End();
    }

    private static void Field(string name, RawJson value, ChatBody chat)
    {
        if (Same.TryGetValue(name, out var chatName))
            chat.Field(chatName, value);
        else if (name is "model" or "input" or "instructions" || Ignored.Contains(name))
            return;
        else
            Other(name, value, chat);
    }

    private static void Other(string name, RawJson value, ChatBody chat)
    {
        switch (name)
        {
            case "tools": ResponsesTools.Tools(value, chat); break;
            case "tool_choice": ResponsesTools.Choice(value, chat); break;
            case "text": ResponsesTools.Format(value, chat); break;
            case "reasoning":
                if (value.Fields(name).TryGetValue("effort", out var effort))
                    chat.Field("reasoning_effort", effort);
                break;
            case "truncation" when value.Text(name, 64) == "disabled": break;
            case "background": break;
            case "include": Include(value); break;
            default:
                throw ApiException.BadRequest("unsupported_parameter",
                    $"'{Shown(name)}' is not supported here with this value. Leave it out.", Shown(name));
        }
    }

    /// <summary>What is asked for beside the answer: only what this API's own answers can never hold is let pass.</summary>
    private static void Include(RawJson value)
    {
        foreach (var (at, item) in value.Items("include", 16).Select((item, i) => ($"include[{i}]", item)))
        {
            if (item.Text(at, 128) is var what && what != "reasoning.encrypted_content")
                throw ApiException.BadRequest("unsupported_parameter", $"'{what}' can't be included here. Leave it out.", at);
        }
    }

    /// <summary>The fields that the answer repeats.</summary>
    public static Dictionary<string, byte[]> Echo(Dictionary<string, RawJson> fields)
    {
        var echo = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in ResponseObject.Echoed)
        {
            if (!fields.TryGetValue(name, out var value))
                continue;
            if (value.Bytes.Length > MostEchoed)
                throw ApiException.BadRequest("invalid_value", $"'{name}' is longer than {MostEchoed} bytes. Send less.", name);
            echo.Add(name, value.Bytes.ToArray()); // the body is gone by then
        }
        return echo;
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64];
}
