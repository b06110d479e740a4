using System.Globalization;
using System.Text;
using System.Text.Json;
using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>
/// A rendered request (<c>GenerateRequest</c> in vLLM's <c>scale_out/token_in_token_out/protocol.py</c>, 055e47c): token ids, pictures made
/// tensors, sampling parameters with the server's defaults applied. Kept as bytes: a picture's tensors are megabytes.
/// </summary>
internal sealed class VllmPrompt
{
    /// <summary>The default in <c>SamplingParams</c>, which leaves out fields that have their defaults.</summary>
    private const int DefaultMaxTokens = 16;

    private readonly RawObject _rendered;
    private readonly RawObject _sampling;

    /// <exception cref="EngineRefusalException">An answer to this request can't go on exactly.</exception>
    public VllmPrompt(ReadOnlyMemory<byte> rendered)
    {
        _rendered = new RawObject(rendered);
        _sampling = new RawObject(_rendered["sampling_params"]);
        using var sampling = JsonDocument.Parse(_rendered["sampling_params"]);
        Stops = StopsOf(sampling.RootElement);
        if (Hindrance(sampling.RootElement) is { } name)
            throw EngineFaults.Mismatch($"'{name}' depends on what was generated before, and of that the engine would know nothing.");
        if (_rendered["token_ids"].Span is not [(byte)'[', _, .., (byte)']'])
            throw new EngineFailureException("engine_malformed", "The engine rendered the request without token ids.");
        CheckPictures();
    }

    /// <summary>Tokens of the prompt, pictures included.</summary>
    public int Tokens => _rendered["token_ids"].Span.Count((byte)',') + 1;

    /// <summary>Most tokens of the answer; the engine computes the limit from its context where the client set none.</summary>
    public int MaxTokens => (int)(_sampling.Number("max_tokens") ?? DefaultMaxTokens);

    /// <summary>Strings before which the answer ends.</summary>
    public IReadOnlyList<string> Stops { get; }

    /// <summary>Makes the request to generate what follows these ids.</summary>
    public async Task<HttpContent> BehindAsync(IReadOnlyList<int> given)
    {
        using var sampling = new RawEdit(_sampling).Set("max_tokens", MaxTokens - given.Count).ToContent();
        var more = string.Join(',', given.Select(id => id.ToString(CultureInfo.InvariantCulture)));
        var ids = Encoding.UTF8.GetString(_rendered["token_ids"].Span[..^1]) + "," + more + "]";
        return new RawEdit(_rendered)
            .Set("token_ids", ids)
            .Set("sampling_params", Encoding.UTF8.GetString(await sampling.ReadAsByteArrayAsync()))
            .Set("stream", "true").Set("stream_options", """{"include_usage":true}""").ToContent();
    }

    /// <summary>
    /// The parameter that keeps an answer from going on exactly; null when none does. The engine takes the given tokens for prompt: the
    /// penalties for generated tokens ignore them (the one for repetition does not: it counts prompts too), <c>min_tokens</c>
    /// counts only what follows them, and end tokens to be ignored would be shown.
    /// </summary>
    private static string? Hindrance(JsonElement sampling)
    {
        string[] numbers = ["presence_penalty", "frequency_penalty", "min_tokens"];
        string[] switches = ["ignore_eos", "include_stop_str_in_output"];
        string[] others =
            ["logprobs", "prompt_logprobs", "structured_outputs", "bad_words", "thinking_token_budget", "repetition_detection"];
        return numbers.FirstOrDefault(n =>
                sampling.TryGetProperty(n, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0)
            ?? switches.FirstOrDefault(n => sampling.TryGetProperty(n, out var value) && value.ValueKind == JsonValueKind.True)
            ?? others.FirstOrDefault(n => sampling.TryGetProperty(n, out var value) && !IsNothing(value))
            ?? (sampling.TryGetProperty("n", out var choices) && choices.GetDouble() > 1 ? "n" : null);
    }

    private static bool IsNothing(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private static List<string> StopsOf(JsonElement sampling) => !sampling.TryGetProperty("stop", out var stop) ? []
        : stop.ValueKind == JsonValueKind.String ? [stop.GetString()!]
        : stop.ValueKind == JsonValueKind.Array ? [.. stop.EnumerateArray().Select(s => s.GetString()!)]
        : [];

    /// <summary>
    /// Checks that pictures were rendered whole. An engine that keeps processed pictures renders them without data the second time, and
    /// its cache may drop them before it generates. Videos are refused: their placeholders have gaps that rendering does not tell.
    /// </summary>
    private void CheckPictures()
    {
        if (!_rendered.Has("features"))
            return;
        var features = new RawObject(_rendered["features"]);
        if (new RawObject(features["mm_hashes"]).Fields.Any(f => f.Name != "image"))
            throw EngineFaults.Mismatch("Only pictures can be rendered to tokens exactly, no other media.");
        if (!features.Has("kwargs_data") || HoldsNull(features["kwargs_data"]))
            throw EngineFaults.Mismatch("The engine rendered a picture without its data; start it with --mm-processor-cache-gb 0.");
    }

    private static bool HoldsNull(ReadOnlyMemory<byte> value)
    {
        var json = new Utf8JsonReader(value.Span);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.Null)
                return true;
        }
        return false;
    }
}
