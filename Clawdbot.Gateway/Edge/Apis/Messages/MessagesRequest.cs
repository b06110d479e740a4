using System.Collections.Frozen;
using System.Text.Json;
using Clawdbot.Gateway.Edge.Requests;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Reads the fields of a request to <c>/v1/messages</c> and writes the chat request that asks the same.</summary>
internal static class MessagesRequest
{
    /// <summary>Most strings that end an answer: as many as a chat request may have.</summary>
    private const int MostStops = 4;

    private const int LongestStop = 1024;

    /// <summary>Fields whose values are those of a chat request. Anthropic has no seed; it makes an answer repeatable.</summary>
    private static readonly FrozenSet<string> Same = FrozenSet.Create(StringComparer.Ordinal,
        "max_tokens", "temperature", "top_p", "stream", "seed");

    /// <summary>Fields that change nothing here, for they say how Anthropic bills and caches; and those read elsewhere.</summary>
    private static readonly FrozenSet<string> PassedOver = FrozenSet.Create(StringComparer.Ordinal,
        "cache_control", "metadata", "service_tier", "model", "messages", "system", "tools", "tool_choice", "stop_sequences");

    /// <summary>Reads a request.</summary>
    /// <exception cref="ApiException">It is none, or asks for what is not supported; the error names it.</exception>
    public static MessagesCall Read(ReadOnlyMemory<byte> body)
    {
        var fields = RawJson.Document(body);
        if (!fields.TryGetValue("model", out var model))
            throw ApiException.BadRequest("missing_field", "'model' is missing. GET /v1/models lists what is served.", "model");
        if (!fields.TryGetValue("max_tokens", out var most))
            throw ApiException.BadRequest("missing_field", "'max_tokens' is missing: the most tokens of the answer.", "max_tokens");
        most.Whole("max_tokens", 1, int.MaxValue); // chat takes what engines take, 0 and -1 among it
        var chat = new ChatBody().Raw("{\"model\":").Text(model.Text("model", 256)).Raw(",\"messages\":[");
        Conversation.Read(fields).Write(chat);
        chat.Raw("]");
        foreach (var (name, value) in fields)
            Field(name, value, chat);
        Tools(fields, chat);
        var stops = Stops(fields, chat);
        return new MessagesCall(stops) { Chat = chat.Raw("}").ToPieces() };
    }

    /// <summary>A name for an error, not longer than names are.</summary>
    public static string Shown(string name) => name.Length <= 64 ? name : name[..64];

    private static void Field(string name, RawJson value, ChatBody chat)
    {
        if (Same.Contains(name))
            chat.Field(name, value);
        else if (!PassedOver.Contains(name))
            Other(name, value, chat);
    }

    private static void Other(string name, RawJson value, ChatBody chat)
    {
        switch (name)
        {
            case "top_k": TopK(value, chat); break;
            case "thinking": Thinking(value, chat); break;
            case "output_config": MessagesTools.Output(value, chat); break;
            case "thread":
                throw ApiException.BadRequest(MessagesError.NoThreads,
                    "Conversations are not kept here. Send the whole of it in 'messages', without 'thread'.", name);
            default:
                name = Shown(name);
                throw ApiException.BadRequest("unsupported_parameter", $"'{name}' is not supported here. Leave it out.", name);
        }
    }

    private static void TopK(RawJson value, ChatBody chat)
    {
        var json = new Utf8JsonReader(value.Bytes.Span);
        json.Read();
        FieldRules.Whole(ref json, "top_k", 0, int.MaxValue);
        chat.Field("top_k", value);
    }

    /// <summary>Whether the model is to think, where that is said; how much it may think has no common scale among engines.</summary>
    private static void Thinking(RawJson value, ChatBody chat)
    {
        const string at = "thinking";
        switch (value.Fields(at).WantedType(at))
        {
            case "enabled": chat.Raw(",\"chat_template_kwargs\":{\"enable_thinking\":true}"); break;
            case "disabled": chat.Raw(",\"chat_template_kwargs\":{\"enable_thinking\":false}"); break;
            case "adaptive": break; // the model decides, as it does by itself
            default:
                throw ApiException.BadRequest("invalid_value", $"'{at}.type' must be enabled, disabled or adaptive.", $"{at}.type");
        }
    }

    private static void Tools(Dictionary<string, RawJson> fields, ChatBody chat)
    {
        var hasTools = fields.TryGetValue("tools", out var tools) && MessagesTools.Tools(tools, chat);
        if (fields.TryGetValue("tool_choice", out var choice))
            MessagesTools.Choice(choice, hasTools, chat);
    }

    /// <summary>Writes the strings that end an answer, and returns them, because the answer names the one that did.</summary>
    private static List<string> Stops(Dictionary<string, RawJson> fields, ChatBody chat)
    {
        const string at = "stop_sequences";
        if (!fields.TryGetValue(at, out var value))
            return [];
        var stops = value.Items(at, MostStops).Select((stop, i) => stop.Text($"{at}[{i}]", LongestStop)).ToList();
        if (stops.FindIndex(s => s.Length == 0) is >= 0 and var empty)
            throw ApiException.BadRequest("invalid_value", $"'{at}[{empty}]' is empty. Leave it out.", $"{at}[{empty}]");
        if (stops.Count > 0)
            chat.Field("stop", value);
        return stops;
    }
}
