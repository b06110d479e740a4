using System.Text.Json;
using System.Text.Unicode;
using Clawdbot.Gateway.Edge.Models;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// Checks a chat request and extracts what routing needs, in one pass over the raw bytes and without a JSON document: a body may hold
/// pictures of tens of megabytes.
/// </summary>
internal static class ChatScan
{
    private const int MaxDepth = 64;

    /// <summary>A bound against nonsense: which temperatures there are is for the engine to say.</summary>
    private const double MostTemperature = 100;

    private const int MostTopLevelKeys = 128;

    /// <summary>Reads a chat request.</summary>
    /// <param name="body">Its bytes.</param>
    /// <param name="models">Knows aliases, and the model of a request that names none; null: then it must name one.</param>
    /// <exception cref="ApiException">The body is not a chat request; the error says why and what to do.</exception>
    public static GenerationRequest Read(ReadOnlyMemory<byte> body, ModelDirectory? models = null)
    {
        if (!Utf8.IsValid(body.Span))
            throw ApiException.BadRequest("invalid_json", "The body is not UTF-8. Send JSON in UTF-8.");
        var json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            var found = new ChatFindings();
            TopLevel(ref json, found);
            return found.ToGeneration(body, models);
        }
        catch (JsonException fault)
        {
            throw Depth(in json) >= MaxDepth
                ? ApiException.BadRequest("json_too_deep", $"The body nests deeper than {MaxDepth} levels. No chat request needs that.")
                : ApiException.BadRequest("invalid_json", $"The body is not valid JSON: {fault.Message}");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("invalid_json", "A key of the body is not valid Unicode text.");
        }
    }

    private static void TopLevel(ref Utf8JsonReader json, ChatFindings found)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw ApiException.BadRequest("invalid_json", "The body must be a JSON object.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!seen.Add(name))
            {
                throw ApiException.BadRequest("duplicate_key",
                    $"'{Shown(name)}' appears twice. Send each key once: two readers could take different ones.", Shown(name));
            }
            if (seen.Count > MostTopLevelKeys)
                throw ApiException.BadRequest("too_many_keys", $"The body has more than {MostTopLevelKeys} top-level keys.");
            json.Read();
            Field(name, ref json, found);
        }
        if (json.Read())
            throw ApiException.BadRequest("invalid_json", "Something follows the JSON object.");
    }

    private static void Field(string name, ref Utf8JsonReader json, ChatFindings found)
    {
        switch (name)
        {
            case "model": found.ModelIs(ref json, name); break;
            case "messages": MessageScan.Read(ref json, found); found.HasMessages = true; break;
            case "stream": found.Stream = FieldRules.Flag(ref json, name); break;
            case "stream_options": found.IncludeUsage = FieldRules.IncludeUsage(ref json, name); break;
            case "n": found.Choices = (int)(FieldRules.Whole(ref json, name, 1, 8) ?? 1); break;
            case "seed": found.HasSeed = FieldRules.Whole(ref json, name, long.MinValue, long.MaxValue) is not null; break;
            case "max_tokens" or "max_completion_tokens":
                found.LimitIs(ref json, name);
                break;
            case "temperature": FieldRules.Number(ref json, name, 0, MostTemperature); break;
            case "top_p": FieldRules.Number(ref json, name, 0, 1); break;
            case "presence_penalty" or "frequency_penalty": FieldRules.Number(ref json, name, -2, 2); break;
            case "stop": StopRules.Read(ref json, name, found); break;
            case MoreThanText.ReturnTokenIds:
                found.WantsIds = MoreThanText.IsWanted(name, ref json);
                found.OnlyText &= !found.WantsIds;
                break;
            case var more when MoreThanText.Fields.Contains(more): found.Wants(more, MoreThanText.IsWanted(more, ref json)); break;
            case "reasoning_effort" or "reasoning" or "thinking" or "think" or "enable_thinking" or "chat_template_kwargs":
                found.Reasons |= MoreThanText.IsWanted(name, ref json);
                break;
            case GenerationEvents.ExtrasField:
                throw ApiException.BadRequest("reserved_key", $"'{name}' is reserved for the gateway. Leave it out.", name);
            default: json.Skip(); break;
        }
    }

    /// <summary>Number of open levels, with the one whose opening bracket the reader stands on, which the reader does not count.</summary>
    private static int Depth(in Utf8JsonReader json) =>
        json.CurrentDepth + (json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0);

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64];
}
