using System.Text.Json.Nodes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>One chat request as an engine of OpenAI's dialect understands it, and what the core's model says to it.</summary>
internal sealed class OpenAiQuestion
{
    private readonly JsonObject _request;
    private readonly string _prompt;
    private readonly long _seed;
    private readonly int _given;

    public OpenAiQuestion(JsonObject request, EngineCore core)
    {
        _request = request;
        var messages = request["messages"]!.AsArray();
        if (request["continue_final_message"]?.GetValue<bool>() == true)
        {
            if (request["add_generation_prompt"]?.GetValue<bool>() != false)
                throw new InvalidOperationException("continue_final_message and add_generation_prompt exclude each other.");
            _given = EngineCore.Tokenize(messages[^1]!["content"]!.GetValue<string>()).Count;
            messages.RemoveAt(messages.Count - 1);
        }
        _prompt = messages.ToJsonString();
        // Text comes back as other tokens than it was: what follows is near to what would have come, and not the same.
        _seed = core.SeedOf(request["seed"]?.GetValue<long>()) + (_given > 0 ? 1_000_003 : 0);
        Length = Math.Min(core.AnswerTokens - _given, Limit ?? int.MaxValue);
    }

    public bool Stream => _request["stream"]?.GetValue<bool>() == true;

    public bool WantsUsage => _request["stream_options"]?["include_usage"]?.GetValue<bool>() == true;

    public int Choices => _request["n"]?.GetValue<int>() ?? 1;

    /// <summary>Tokens that are missing.</summary>
    public int Length { get; }

    public string Reason => _request["tools"] is not null ? "tool_calls" : Limit == Length ? "length" : "stop";

    /// <summary>Three tokens for each message's frame, one for each of its pictures, and what it was given.</summary>
    public JsonObject Usage => new()
    {
        ["prompt_tokens"] = PromptTokens,
        ["completion_tokens"] = Length * Choices,
        ["total_tokens"] = PromptTokens + Length * Choices,
    };

    private int PromptTokens => 5 + _given;

    private int? Limit => (_request["max_completion_tokens"] ?? _request["max_tokens"])?.GetValue<int>();

    /// <summary>The chunk of a token: of a tool's arguments where tools were offered.</summary>
    public JsonObject Token(int choice, int i)
    {
        var text = Text(choice, i);
        if (_request["tools"] is not null)
        {
            var call = new JsonObject { ["index"] = 0, ["function"] = new JsonObject { ["arguments"] = text } };
            if (i == 0)
                (call["id"], call["type"], call["function"]!["name"]) = ("call-1", "function", "look");
            return Choice(choice, new JsonObject { ["tool_calls"] = new JsonArray(call) });
        }
        var chunk = Choice(choice, new JsonObject { ["content"] = text });
        if (_request["logprobs"]?.GetValue<bool>() == true)
            chunk["logprobs"] = new JsonObject { ["content"] = new JsonArray(new JsonObject { ["token"] = text, ["logprob"] = -0.5 }) };
        return chunk;
    }

    public static JsonObject Choice(int choice, JsonObject delta, string? reason = null) =>
        new() { ["index"] = choice, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = reason };

    public JsonObject Whole(int choice) => new()
    {
        ["index"] = choice,
        ["message"] = new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = string.Concat(Enumerable.Range(0, Length).Select(i => Text(choice, i))),
            ["refusal"] = null,
        },
        ["logprobs"] = null,
        ["finish_reason"] = Reason,
    };

    private string Text(int choice, int i) => EngineCore.Text(EngineCore.Sample(_prompt, _seed + 7919L * choice, _given + i));
}
